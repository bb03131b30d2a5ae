#pragma once

#include "driver/connection.h"
#include "driver/error_map.h"
#include "driver/watchdog.h"

#include <mysql.h>

#include <string>

namespace mosaic::driver {

/// What both drivers share: the order of calls, deadlines, session settings, schema, errors. Both
/// stand on one libmariadb handle, Connector/C++ too; derived classes say how a text is sent and
/// how rows are read through their connector.
class HandleConnection : public Connection {
public:
    absl::Status send(const Request& request, Overlap overlap) final;
    absl::StatusOr<Reply> receive() final;
    absl::StatusOr<bool> fetch(Batch& out) final;
    absl::StatusOr<bool> next_result() final;
    absl::Status reset(TimePoint deadline) final;

    void interrupt() noexcept final { deadline_.cut(SocketDeadline::Cut::kInterrupted); }

    [[nodiscard]] std::uint32_t warning_count() const final { return warnings_; }

    [[nodiscard]] bool is_poisoned() const final;

    [[nodiscard]] bool has_unread_rows() const final { return phase_ != Phase::kIdle; }

    [[nodiscard]] const ServerFacts& facts() const final { return facts_; }

    [[nodiscard]] const std::string& schema() const final { return schema_; }

    [[nodiscard]] std::uint32_t server_status() const final { return handle_->server_status; }

protected:
    enum class Head : std::uint8_t { kFirst, kNext };

    explicit HandleConnection(const ConnectOptions& options);

    /// Watches the socket, if SocketCapture could not, then sets the session up and reads the
    /// server's facts: the last step of connecting.
    absl::Status finish_connecting(TimePoint deadline);
    /// The error of a connect that gave `message`: kCannotConnect, or what the server answered.
    absl::Status cannot_connect(const ServerMessage& message);
    /// An error of a request of which nothing was sent.
    [[nodiscard]] absl::Status refuse(const ErrorRow& row, std::string_view why) const;
    /// Whether fork() has made this a copy in a child, which must not touch the parent's socket.
    [[nodiscard]] bool is_copy_in_child() const;
    /// The error for what the handle reports last; poisons where it must.
    absl::Status fail(std::string_view doing);
    absl::Status fail(std::string_view doing, const ServerMessage& message);
    /// `query on 127.0.0.1:3306`
    [[nodiscard]] std::string at_server(std::string_view what) const;

    [[nodiscard]] const ConnectOptions& options() const { return options_; }

    /// Of the request in flight.
    [[nodiscard]] Overlap overlap() const { return overlap_; }

    /// What the handle reports last.
    [[nodiscard]] ServerMessage last_message() const;

    MYSQL* handle_ = nullptr;  // owned by the derived class, set once it has connected
    SocketDeadline deadline_;

private:
    enum class Phase : std::uint8_t {
        kIdle,        ///< Ready for send().
        kSent,        ///< receive() is next.
        kRows,        ///< fetch() is next.
        kMore,        ///< next_result() is next.
        kMoreWanted,  ///< next_result() said true: receive() is next.
    };

    virtual absl::Status start(std::string_view text) = 0;
    virtual absl::Status start_bulk(const Request& request) = 0;
    /// Reads a result's head.
    virtual absl::Status read_head(Head head) = 0;
    /// Prepares for reading the rows of a result with columns.
    virtual absl::Status open_rows() = 0;
    /// Appends rows until `out` is full (true) or there are no more (false).
    virtual absl::StatusOr<bool> read_rows(Batch& out) = 0;
    /// Gives back what the last result holds; its rows are read, or the connection is lost.
    virtual void free_result() noexcept = 0;

    /// The server has forgotten what was prepared.
    virtual void forget_prepared() noexcept {}

    [[nodiscard]] absl::Status check_can_send(const Request& request) const;
    absl::Status switch_schema(std::string_view schema);
    absl::Status run(std::string_view text, TimePoint deadline, Batch& rows);
    absl::Status apply_settings(TimePoint deadline);
    absl::Status read_facts(TimePoint deadline);
    void note_schema_change();
    void end_result();
    void end_call();

    const ConnectOptions options_;
    const std::uint32_t generation_;  // fork_generation() of the constructor
    ServerFacts facts_;
    std::string schema_;
    Phase phase_ = Phase::kIdle;
    Overlap overlap_ = Overlap::kAlone;
    bool is_poisoned_ = false;
    bool rows_ended_ = false;  // the last fetch() gave rows and met the end; the next one says so
    std::size_t column_count_ = 0;
    std::uint32_t warnings_ = 0;
};

/// True when `batch` is as large as fetch() makes them.
[[nodiscard]] inline bool is_full(const Batch& batch) {
    return batch.row_count() >= kBatchRowsMax || batch.byte_count() >= kBatchBytesMax;
}

}  // namespace mosaic::driver
