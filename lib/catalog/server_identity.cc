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

absl::StatusOr<std::string> read_identity(
    driver::Connection& connection,
    CounterDurability durability,
    std::string_view server,
    TimePoint deadline
) {
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
            errors::kTicketsUnavailable,
            absl::StrFormat("ask %s which server it is: no row came; try again", server)
        );
    MOSAIC_RETURN_IF_ERROR(check_durability(rows.cell(0, 0).value_or(""), durability, server));
    return std::string(rows.cell(0, 1).value_or(""));
}

}  // namespace

absl::StatusOr<std::string> ServerIdentities::of(
    const pool::PooledConnection& connection, std::string_view server, TimePoint deadline
) {
    const driver::Connection* key = &*connection;
    const std::uint64_t id = connection->facts().connection_id;
    {
        const MutexLock lock(mutex_);
        const auto found = known_.find(key);
        if (found != known_.end() && found->second.connection_id == id &&
            found->second.generation == connection.generation())
            return found->second.identity;
    }
    MOSAIC_ASSIGN_OR_RETURN(
        std::string identity, read_identity(*connection, durability_, server, deadline)
    );
    const MutexLock lock(mutex_);
    if (known_.size() >= kKnownMax)
        known_.clear();
    known_[key] = {id, connection.generation(), identity};
    return identity;
}

}  // namespace mosaic::catalog
