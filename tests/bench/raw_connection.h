#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace mosaic::bench {

/// A driver as a program would use it by hand, without this library.
class RawConnection {
public:
    virtual ~RawConnection() = default;
    /// Puts the statement on the wire where the driver can; else keeps it for receive().
    virtual void send(const std::string& sql) = 0;
    /// Stores the result and reads every cell. \return the sum of their lengths.
    virtual std::size_t receive() = 0;

    std::size_t run(const std::string& sql) {
        send(sql);
        return receive();
    }
};

/// `driver`: mariadb or connector-cpp. Ends the program when it cannot connect.
[[nodiscard]] std::unique_ptr<RawConnection> connect_raw(
    const std::string& driver, std::uint16_t port
);

}  // namespace mosaic::bench
