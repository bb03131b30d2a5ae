#pragma once

#include "base/clock.h"
#include "mosaic/batch.h"
#include "mosaic/value.h"
#include "types/endpoint.h"
#include "types/literal.h"

#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::driver {

/// Which kind of server answered. Dialects differ; see docs.
enum class ServerKind : std::uint8_t { kMariaDb, kMySql };

/// How to reach a server, and the session every connection gets there.
struct ConnectOptions {
    Endpoint endpoint;
    std::string user;
    std::string password;
    std::string time_zone = "+00:00";
    /// Of every session. Must not hold ORACLE or PAD_CHAR_TO_FULL_LENGTH (they change what a
    /// shard key is): refused when the configuration is read.
    std::string sql_mode =
        "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
        "NO_ENGINE_SUBSTITUTION";
    Duration connect_timeout = std::chrono::seconds(5);
    /// Affected rows count changed rows (the default of both drivers), or found rows.
    enum class AffectedRows : std::uint8_t { kChanged, kFound };
    AffectedRows affected_rows = AffectedRows::kChanged;

    friend bool operator==(const ConnectOptions&, const ConnectOptions&) = default;
};

/// What a server said of itself when it was connected to.
struct ServerFacts {
    ServerKind kind = ServerKind::kMariaDb;
    std::string version;              ///< `10.11.19-MariaDB-...`
    std::uint64_t connection_id = 0;  ///< For KILL QUERY.
    std::uint64_t max_allowed_packet = 0;
    Backslash backslash = Backslash::kEscapes;
};

/// One request. Text is sent byte for byte.
struct Request {
    std::string_view text;  ///< Valid until receive() has returned.
    /// The schema that unqualified names mean; empty: whatever the connection is in. Switched to
    /// first when the connection is elsewhere, by a round trip within send(): were both in one
    /// flight, the statement would run in the old schema if the switch failed.
    std::string_view schema;
    TimePoint deadline = TimePoint::max();
    /// Bulk rows for `text`, one INSERT with a `?` per column; empty: a plain text request. Only on
    /// drivers whose traits say bulk.
    const std::vector<std::vector<Value>>* rows = nullptr;
};

/// Whether the caller waits for this request next, or sends more before it receives.
enum class Overlap : std::uint8_t { kAlone, kOthersInFlight };

/// The head of a result. With columns: rows follow, to be fetched.
struct Reply {
    std::vector<Column> columns;  ///< Empty: the statement gave no rows.
    std::uint64_t affected_rows = 0;
    std::uint64_t insert_id = 0;
    std::uint32_t warnings = 0;       ///< With rows: known once fetch() returned false.
    std::uint32_t server_status = 0;  ///< The protocol's flags (SERVER_STATUS_IN_TRANS, ...).
    std::string info;                 ///< `Rows matched: 1  Changed: 0  Warnings: 0`
};

/// One connection to one server.
///
/// A request is send(), receive(), then fetch() until false when there are columns, then
/// next_result() until false. All block until the request's deadline at most; a call that the
/// deadline ends poisons the connection.
///
/// \par Errors
/// A server's error keeps its errno and SQLSTATE in the ErrorDetail, mapped by error_map.h;
/// detail.connection_poisoned says that the connection must be closed. detail.outcome is set only
/// where nothing was sent: a driver does not know which statements write, so whoever does calls
/// as_write() on the error. After an error the request is over: nothing is left to be read.
/// \par Thread safety
/// One thread at a time, except interrupt().
class Connection {
public:
    virtual ~Connection() = default;

    /// Starts a request. \pre no request is in flight, all earlier results were read to the end.
    /// A text longer than the server's max_allowed_packet is refused; nothing was sent then.
    virtual absl::Status send(const Request& request, Overlap overlap) = 0;
    /// The head of the (next) result.
    virtual absl::StatusOr<Reply> receive() = 0;
    /// Fills `out` with the next rows, at most kBatchRowsMax rows and about kBatchBytesMax bytes.
    /// False: there were no more, and `out` is empty. The rows that are the last end the request
    /// already: whoever knows that they are enough need not ask for more.
    virtual absl::StatusOr<bool> fetch(Batch& out) = 0;
    /// True: another result follows; receive() its head.
    virtual absl::StatusOr<bool> next_result() = 0;
    /// Warnings of the last result, known when its rows are read.
    [[nodiscard]] virtual std::uint32_t warning_count() const = 0;
    /// COM_RESET_CONNECTION, then the session's settings again; the schema is unset after it.
    virtual absl::Status reset(TimePoint deadline) = 0;
    /// Ends a blocked call from any other thread by cutting the socket; poisons the connection.
    virtual void interrupt() noexcept = 0;

    /// Must be closed, not used again.
    [[nodiscard]] virtual bool is_poisoned() const = 0;
    /// A result is not read to the end.
    [[nodiscard]] virtual bool has_unread_rows() const = 0;
    [[nodiscard]] virtual const ServerFacts& facts() const = 0;
    /// The schema the connection is in; empty: none.
    [[nodiscard]] virtual const std::string& schema() const = 0;
    /// The protocol's status flags of the last reply.
    [[nodiscard]] virtual std::uint32_t server_status() const = 0;

    /// No other connection of this process has it, now or later; unlike its address.
    [[nodiscard]] std::uint64_t serial() const { return serial_; }

private:
    static inline std::atomic<std::uint64_t> last_serial{0};

    const std::uint64_t serial_ = last_serial.fetch_add(1, std::memory_order_relaxed) + 1;
};

/// Of Reply::server_status: a transaction is open.
inline constexpr std::uint32_t kStatusInTransaction = 1;

inline constexpr std::size_t kBatchRowsMax = 1024;
inline constexpr std::size_t kBatchBytesMax = 256 * 1024;

/// Makes connections of one kind. Thread-safe; outlives its connections.
class Driver {
public:
    /// What callers may rely on.
    struct Traits {
        std::string_view name;  ///< `mariadb` or `connector-cpp`.
        bool bulk = false;      ///< Request::rows works (on MariaDB servers).
        /// send() puts the request on the wire: several can be in flight on one thread. Without it
        /// receive() does all the work, and asking several servers at once takes a thread for each.
        bool sends_at_once = false;
    };

    virtual ~Driver() = default;
    [[nodiscard]] virtual const Traits& traits() const = 0;
    /// Connects, checks the server and sets the session up: utf8mb4, time_zone, sql_mode. Errors
    /// that only the wire can give are kCannotConnect.
    virtual absl::StatusOr<std::unique_ptr<Connection>> connect(const ConnectOptions& options) = 0;
};

/// `mariadb`: MariaDB Connector/C. `connector-cpp`: MySQL Connector/C++. Built once by the client
/// and passed on; \return null for another name.
[[nodiscard]] std::shared_ptr<Driver> make_driver(std::string_view name);

}  // namespace mosaic::driver
