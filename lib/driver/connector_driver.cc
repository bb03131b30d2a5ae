#include "driver/connector_driver.h"

#include "base/mutex.h"
#include "driver/handle_connection.h"
#include "driver/socket_capture.h"

#include <absl/strings/str_format.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <mysql_connection.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace mosaic::driver {
namespace {

// Runs `call`, which uses Connector/C++, and catches what it throws. Empty: nothing was thrown.
template <typename Call>
std::optional<ServerMessage> caught(const Call& call) {
    try {
        call();
        return std::nullopt;
    } catch (const sql::SQLException& error) {
        return ServerMessage{error.getErrorCode(), error.getSQLState(), error.what()};
    } catch (const std::exception& error) {
        return ServerMessage{0, "HY000", error.what()};
    }
}

// Connector/C++ prints BIT as a number; the protocol sends its bytes, highest first.
void append_bit(Batch& out, std::string_view digits, std::uint32_t length) {
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const std::size_t size = std::min<std::size_t>((length + 7) / 8, sizeof number);
    char bytes[sizeof number];
    for (std::size_t i = size; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number & 0xFF);
    out.append({bytes, size});
}

class ConnectorConnection final : public HandleConnection {
public:
    explicit ConnectorConnection(const ConnectOptions& options) : HandleConnection(options) {}

    ~ConnectorConnection() override {
        if (is_copy_in_child()) {
            // The parent still uses the socket: neither COM_QUIT nor shutdown.
            static_cast<void>(result_.release());
            static_cast<void>(statement_.release());
            static_cast<void>(connection_.release());
            return;
        }
        if (has_unread_rows() || is_poisoned())
            deadline_.cut(SocketDeadline::Cut::kInterrupted);  // or closing would read the rest
        free_result();
        statement_.reset();
        connection_.reset();
    }

    absl::Status open(sql::Driver& connector);

private:
    absl::Status start(std::string_view text) override {
        text_ = text;
        return absl::OkStatus();
    }

    absl::Status start_bulk(const Request&) override {
        return refuse(errors::kBulkRows, "this driver has no bulk rows; send a multi-row INSERT");
    }

    absl::Status read_head(Head head) override;
    absl::Status open_rows() override;
    absl::StatusOr<bool> read_rows(Batch& out) override;
    void append_row(Batch& out) const;

    void free_result() noexcept override { result_.reset(); }

    std::unique_ptr<sql::Connection> connection_;
    std::unique_ptr<sql::Statement> statement_;
    std::unique_ptr<sql::ResultSet> result_;
    std::string_view text_;                   // of the request in flight
    std::vector<std::uint32_t> bit_lengths_;  // by column; 0: not a BIT
};

absl::Status ConnectorConnection::open(sql::Driver& connector) {
    const ConnectOptions& to = options();
    const TimePoint until = std::chrono::steady_clock::now() + to.connect_timeout;
    // Whole seconds, rounded up; it ends connect(2) and the wait for the greeting. What follows is
    // cut at `until`.
    const int seconds = static_cast<int>(std::max<std::int64_t>(
        1, std::chrono::ceil<std::chrono::seconds>(to.connect_timeout).count()
    ));
    sql::ConnectOptionsMap properties;
    properties["hostName"] = to.endpoint.socket.empty()
                                 ? sql::SQLString("tcp://" + to.endpoint.host)
                                 : sql::SQLString("unix://" + to.endpoint.socket);
    if (to.endpoint.socket.empty())
        properties["port"] = static_cast<int>(to.endpoint.port);
    properties["userName"] = sql::SQLString(to.user);
    properties["password"] = sql::SQLString(to.password);
    properties["OPT_CONNECT_TIMEOUT"] = seconds;
    properties["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
    properties["CLIENT_MULTI_RESULTS"] = true;
    if (to.affected_rows == ConnectOptions::AffectedRows::kFound)
        properties["CLIENT_FOUND_ROWS"] = true;

    const SocketCapture capture(deadline_, until);
    if (const auto error = caught([&] { connection_.reset(connector.connect(properties)); }))
        return cannot_connect(*error);
    handle_ = capture.handle();
    if (handle_ == nullptr)
        return refuse(
            errors::kConnectorUnfit,
            "this build of Connector/C++ does not stand on a libmariadb that shows its sockets, so "
            "no deadline could be kept; set driver: mariadb"
        );
    const unsigned no_local_files = 0;
    mysql_options(handle_, MYSQL_OPT_LOCAL_INFILE, &no_local_files);
    if (const auto error = caught([&] {
            statement_.reset(connection_->createStatement());
            statement_->setResultSetType(sql::ResultSet::TYPE_FORWARD_ONLY);
        }))
        return cannot_connect(*error);
    // Connector/C++ has set an isolation level of its own: the server's are to hold.
    if (mysql_reset_connection(handle_) != 0)
        return cannot_connect(last_message());
    return finish_connecting(until);
}

absl::Status ConnectorConnection::read_head(Head head) {
    const auto error = caught([&] {
        if (head == Head::kFirst)
            statement_->execute(sql::SQLString(text_.data(), text_.size()));
        else
            statement_->getMoreResults();
    });
    return error ? fail(at_server("query"), *error) : absl::OkStatus();
}

absl::Status ConnectorConnection::open_rows() {
    bit_lengths_.assign(handle_->field_count, 0);
    for (unsigned i = 0; i < handle_->field_count; ++i)
        if (handle_->fields[i].type == MYSQL_TYPE_BIT)
            bit_lengths_[i] = static_cast<std::uint32_t>(handle_->fields[i].length);
    const auto error = caught([&] { result_.reset(statement_->getResultSet()); });
    if (error)
        return fail(at_server("query"), *error);
    return result_ != nullptr ? absl::OkStatus() : fail(at_server("query"));
}

void ConnectorConnection::append_row(Batch& out) const {
    for (std::uint32_t i = 0; i < bit_lengths_.size(); ++i) {
        if (result_->isNull(i + 1)) {
            out.append_null();
            continue;
        }
        const sql::SQLString text = result_->getString(i + 1);
        if (bit_lengths_[i] != 0)
            append_bit(out, text.asStdString(), bit_lengths_[i]);
        else
            out.append(text.asStdString());
    }
}

absl::StatusOr<bool> ConnectorConnection::read_rows(Batch& out) {
    bool has_more = true;
    const auto error = caught([&] {
        while (!is_full(out) && (has_more = result_->next())) append_row(out);
    });
    if (error)
        return fail(at_server("read rows"), *error);
    // next() says false for the end and for a lost connection alike.
    if (!has_more && mysql_errno(handle_) != 0)
        return fail(at_server("read rows"));
    return has_more;
}

class ConnectorDriver final : public Driver {
public:
    [[nodiscard]] const Traits& traits() const override { return traits_; }

    absl::StatusOr<std::unique_ptr<Connection>> connect(const ConnectOptions& options) override {
        auto connection = std::make_unique<ConnectorConnection>(options);
        MOSAIC_RETURN_IF_ERROR(connection->open(instance()));
        return connection;
    }

private:
    // get_driver_instance() is not safe for two threads at once.
    static sql::Driver& instance() {
        static Mutex mutex;
        const MutexLock lock(mutex);
        return *get_driver_instance();
    }

    Traits traits_{.name = "connector-cpp", .bulk = false, .sends_at_once = false};
};

}  // namespace

std::shared_ptr<Driver> make_connector_driver() {
    return std::make_shared<ConnectorDriver>();
}

}  // namespace mosaic::driver
