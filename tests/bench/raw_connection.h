#pragma once

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mosaic::bench {

/// Is shown every cell, row by row; NULL is empty.
using Visit = absl::FunctionRef<void(unsigned column, std::string_view cell)>;

/// A driver as a program would use it by hand, without this library.
class RawConnection {
public:
    virtual ~RawConnection() = default;
    /// Puts the statement on the wire where the driver can; else keeps it for receive().
    virtual void send(const std::string& sql) = 0;
    /// Stores the result and shows it to `visit`. \return affected rows, of what gives no rows.
    virtual std::uint64_t receive(Visit visit) = 0;

    std::uint64_t run(const std::string& sql, Visit visit) {
        send(sql);
        return receive(visit);
    }
};

/// `driver`: mariadb or connector-cpp. Ends the program when it cannot connect.
[[nodiscard]] std::unique_ptr<RawConnection> connect_raw(
    const std::string& driver, std::uint16_t port
);

}  // namespace mosaic::bench
