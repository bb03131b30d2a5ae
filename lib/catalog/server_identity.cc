#include "catalog/server_identity.h"

#include "base/status.h"
#include "driver/fetch.h"

#include <absl/strings/str_format.h>

namespace mosaic::catalog {
namespace {

// Connections come and go; what is forgotten is read again.
constexpr std::size_t kKnownMax = 4096;

absl::Status check_durability(
    std::string_view flush, CounterDurability durability, std::string_view server
) {
    if (flush == "1" || (flush == "2" && durability == CounterDurability::kProcess))
        return absl::OkStatus();
    return make_error(
        errors::kTicketDurability,
        absl::StrFormat(
            "take ids from %s: innodb_flush_log_at_trx_commit is %s there, so a crash could make "
            "it "
            "hand out ids again; set it to 1%s",
            server,
            flush,
            flush == "2" ? ", or write `durability: process` in the configuration if losing power "
                           "is no concern"
                         : ""
        )
    );
}

struct Server {
    std::string flush;  ///< innodb_flush_log_at_trx_commit
    std::string identity;
};

absl::StatusOr<Server> read_server(driver::Connection& connection, TimePoint deadline) {
    // On MariaDB server_uid follows host and port: two data folders that start on one port have the
    // same, so server_id, which replication demands to be different, stands beside it.
    const bool is_mysql = connection.facts().kind == driver::ServerKind::kMySql;
    MOSAIC_ASSIGN_OR_RETURN(
        const Batch rows,
        driver::fetch_all(
            connection,
            is_mysql ? "SELECT @@innodb_flush_log_at_trx_commit, @@server_uuid"
                     : "SELECT @@innodb_flush_log_at_trx_commit, CONCAT(@@server_id, ' ', "
                       "@@server_uid, ' ', @@hostname)",
            deadline
        )
    );
    if (rows.row_count() != 1)
        return make_error(
            errors::kTicketsUnavailable, "ask a server which one it is: no row came; try again"
        );
    return Server{
        std::string(rows.cell(0, 0).value_or("")), std::string(rows.cell(0, 1).value_or(""))};
}

}  // namespace

absl::StatusOr<std::string> read_server_identity(
    driver::Connection& connection, TimePoint deadline
) {
    MOSAIC_ASSIGN_OR_RETURN(Server server, read_server(connection, deadline));
    return std::move(server.identity);
}

absl::StatusOr<std::string> ServerIdentities::of(
    const pool::PooledConnection& connection, std::string_view server, TimePoint deadline
) {
    const std::uint64_t serial = connection->serial();
    {
        const MutexLock lock(mutex_);
        if (const auto found = known_.find(serial); found != known_.end())
            return found->second;
    }
    MOSAIC_ASSIGN_OR_RETURN(const Server read, read_server(*connection, deadline));
    MOSAIC_RETURN_IF_ERROR(check_durability(read.flush, durability_, server));
    const MutexLock lock(mutex_);
    if (known_.size() >= kKnownMax)
        known_.clear();
    known_[serial] = read.identity;
    return read.identity;
}

}  // namespace mosaic::catalog
