#include "driver/mariadb_driver.h"

#include "driver/handle_connection.h"
#include "driver/mariadb_bulk.h"
#include "driver/socket_capture.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <poll.h>
#include <utility>

namespace mosaic::driver {
namespace {

class MariadbConnection final : public HandleConnection {
public:
    MariadbConnection(const ConnectOptions& options) : HandleConnection(options) {
        handle_ = mysql_init(nullptr);
    }

    ~MariadbConnection() override {
        if (is_copy_in_child()) {
            bulk_.leak();
            return;  // the parent still uses the socket: neither COM_QUIT nor shutdown
        }
        if (has_unread_rows() || is_poisoned())
            deadline_.cut(SocketDeadline::Cut::kInterrupted);  // or closing would read the rest
        free_result();
        bulk_.forget();
        mysql_close(handle_);
    }

    absl::Status open();

private:
    absl::Status start(std::string_view text) override;
    absl::Status start_bulk(const Request& request) override;
    absl::Status read_head(Head head) override;
    absl::Status open_rows() override;
    absl::StatusOr<bool> read_rows(Batch& out) override;

    void free_result() noexcept override {
        if (result_ != nullptr)
            mysql_free_result(std::exchange(result_, nullptr));
    }

    void forget_prepared() noexcept override { bulk_.forget(); }

    void wait_for_answer();

    MYSQL_RES* result_ = nullptr;
    BulkStatement bulk_;
    bool is_bulk_ = false;  // the request in flight
};

absl::Status MariadbConnection::open() {
    const ConnectOptions& to = options();
    const TimePoint until = std::chrono::steady_clock::now() + to.connect_timeout;
    // Whole seconds, rounded up; it ends connect(2) and the wait for the greeting. What follows is
    // cut at `until`.
    const auto seconds = static_cast<unsigned>(std::max<std::int64_t>(
        1, std::chrono::ceil<std::chrono::seconds>(to.connect_timeout).count()
    ));
    const unsigned no_local_files = 0;
    const unsigned protocol =
        to.endpoint.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    mysql_options(handle_, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(handle_, MYSQL_OPT_LOCAL_INFILE, &no_local_files);
    mysql_options(handle_, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(handle_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    unsigned long flags = CLIENT_MULTI_RESULTS;
    if (to.affected_rows == ConnectOptions::AffectedRows::kFound)
        flags |= CLIENT_FOUND_ROWS;
    const SocketCapture capture(deadline_, until);
    const char* socket = to.endpoint.socket.empty() ? nullptr : to.endpoint.socket.c_str();
    const char* host = socket == nullptr ? to.endpoint.host.c_str() : "localhost";
    if (mysql_real_connect(
            handle_,
            host,
            to.user.c_str(),
            to.password.c_str(),
            nullptr,
            to.endpoint.port,
            socket,
            flags
        ) == nullptr)
        return cannot_connect(last_message());
    return finish_connecting(until);
}

absl::Status MariadbConnection::start(std::string_view text) {
    is_bulk_ = false;
    const char* data =
        text.empty() ? "" : text.data();  // the connector measures it when it is empty
    if (mysql_send_query(handle_, data, text.size()) != 0)
        return fail(at_server("query"));
    return absl::OkStatus();
}

absl::Status MariadbConnection::start_bulk(const Request& request) {
    is_bulk_ = true;
    if (facts().kind != ServerKind::kMariaDb)
        return refuse(
            errors::kBulkRows, "only MariaDB has bulk execution; send a multi-row INSERT"
        );
    if (const std::string why = BulkStatement::unfit(*request.rows, facts().max_allowed_packet);
        !why.empty())
        return refuse(errors::kBulkRows, why + "; send fewer rows, or a multi-row INSERT");
    if (!bulk_.prepare(handle_, request.text, schema()) || !bulk_.bind(*request.rows))
        return fail(at_server("prepare bulk rows"), bulk_.message());
    return absl::OkStatus();
}

absl::Status MariadbConnection::read_head(Head head) {
    if (is_bulk_)
        return bulk_.execute() ? absl::OkStatus() : fail(at_server("bulk rows"), bulk_.message());
    if (head == Head::kFirst && overlap() == Overlap::kAlone)
        wait_for_answer();
    const int failed =
        head == Head::kFirst ? mysql_read_query_result(handle_) : mysql_next_result(handle_);
    return failed == 0 ? absl::OkStatus() : fail(at_server("query"));
}

// The connector would try to read, find nothing, and only then wait: an answer is never there at
// once. What ends the wait, be it a signal or the watchdog, is seen by the read that follows.
void MariadbConnection::wait_for_answer() {
    pollfd socket{mysql_get_socket(handle_), POLLIN, 0};
    ::poll(&socket, 1, -1);
}

absl::Status MariadbConnection::open_rows() {
    result_ = mysql_use_result(handle_);
    return result_ != nullptr ? absl::OkStatus() : fail(at_server("query"));
}

absl::StatusOr<bool> MariadbConnection::read_rows(Batch& out) {
    const unsigned column_count = mysql_num_fields(result_);
    while (!is_full(out)) {
        const MYSQL_ROW row = mysql_fetch_row(result_);
        if (row == nullptr) {
            if (mysql_errno(handle_) != 0)
                return fail(at_server("read rows"));
            return false;
        }
        const unsigned long* sizes = mysql_fetch_lengths(result_);
        for (unsigned i = 0; i < column_count; ++i) {
            if (row[i] == nullptr)
                out.append_null();
            else
                out.append({row[i], sizes[i]});
        }
    }
    return true;
}

class MariadbDriver final : public Driver {
public:
    [[nodiscard]] const Traits& traits() const override { return traits_; }

    absl::StatusOr<std::unique_ptr<Connection>> connect(const ConnectOptions& options) override {
        auto connection = std::make_unique<MariadbConnection>(options);
        MOSAIC_RETURN_IF_ERROR(connection->open());
        return connection;
    }

private:
    Traits traits_{.name = "mariadb", .bulk = true, .sends_at_once = true};
};

}  // namespace

std::shared_ptr<Driver> make_mariadb_driver() {
    return std::make_shared<MariadbDriver>();
}

}  // namespace mosaic::driver
