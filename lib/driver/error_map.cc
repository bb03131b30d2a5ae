#include "driver/error_map.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <iterator>

namespace mosaic::driver {
namespace {

using enum Afterwards;
using enum Outcome;

// How the code of a row is chosen, by what a caller can do about it:
//   kUnavailable         sending just this call again may work, perhaps on another connection;
//   kAborted             the transaction is gone or must go: run all of it again;
//   kResourceExhausted   the same call may work later, when somebody has made room;
//   kFailedPrecondition  something else must change first (data, role of the server, settings);
//   kInvalidArgument     the statement itself is wrong, and will be;
//   kAlreadyExists, kNotFound, kOutOfRange, kPermissionDenied   as they say, never by retrying.
//
// Outcomes speak of the statement: inside an open transaction the transaction goes on after
// kRolledBack, but for the rows of kServerRolledBack, whose whole transaction is gone. What ends
// the connection is in doubt unless the server refuses before it runs anything.
constexpr ServerErrorRow kRows[] = {
    {0, &errors::kConnectorFault, kPoisoned, kInDoubt, "raised by the connector itself"},
    {1016, &errors::kServerError, kUsable, kRolledBack, "cannot open a table's file"},
    {1020, &errors::kServerRolledBack, kUsable, kRolledBack, "record changed since last read"},
    {1021, &errors::kServerFull, kUsable, kRolledBack, "disk full"},
    {1022, &errors::kServerDuplicateKey, kUsable, kRolledBack, "duplicate key"},
    {1037, &errors::kServerFull, kUsable, kRolledBack, "out of memory"},
    {1038, &errors::kServerFull, kUsable, kRolledBack, "out of sort memory"},
    {1040, &errors::kServerBusy, kPoisoned, kNotSent, "too many connections"},
    {1041, &errors::kServerFull, kUsable, kRolledBack, "out of memory"},
    {1044, &errors::kServerAccess, kUsable, kRolledBack, "access to the schema denied"},
    {1045, &errors::kServerAccess, kUsable, kRolledBack, "access denied"},
    {1048, &errors::kServerConstraint, kUsable, kRolledBack, "column cannot be null"},
    {1049, &errors::kServerNotFound, kUsable, kRolledBack, "unknown schema"},
    {1051, &errors::kServerNotFound, kUsable, kRolledBack, "unknown table"},
    {1053, &errors::kServerGoesDown, kPoisoned, kInDoubt, "server shutdown in progress"},
    {1054, &errors::kServerNotFound, kUsable, kRolledBack, "unknown column"},
    {1062, &errors::kServerDuplicateKey, kUsable, kRolledBack, "duplicate key"},
    {1064, &errors::kServerSyntax, kUsable, kRolledBack, "syntax"},
    {1114, &errors::kServerFull, kUsable, kRolledBack, "table is full"},
    {1129, &errors::kServerAccess, kPoisoned, kNotSent, "host blocked after connection errors"},
    {1130, &errors::kServerAccess, kPoisoned, kNotSent, "host not allowed to connect"},
    {1142, &errors::kServerAccess, kUsable, kRolledBack, "command on table denied"},
    {1143, &errors::kServerAccess, kUsable, kRolledBack, "command on column denied"},
    {1146, &errors::kServerNotFound, kUsable, kRolledBack, "table does not exist"},
    {1149, &errors::kServerSyntax, kUsable, kRolledBack, "syntax"},
    {1153, &errors::kStatementTooLarge, kPoisoned, kRolledBack, "packet larger than allowed"},
    {1169, &errors::kServerDuplicateKey, kUsable, kRolledBack, "unique constraint"},
    {1203, &errors::kServerBusy, kPoisoned, kNotSent, "user has too many connections"},
    {1205,
     &errors::kServerLockWait,
     kUsable,
     kRolledBack,
     "lock wait timeout; the server undid the statement only, so roll the transaction back"},
    {1206, &errors::kServerFull, kUsable, kRolledBack, "lock table full"},
    {1213, &errors::kServerRolledBack, kUsable, kRolledBack, "deadlock"},
    {1216, &errors::kServerConstraint, kUsable, kRolledBack, "foreign key"},
    {1217, &errors::kServerConstraint, kUsable, kRolledBack, "foreign key"},
    {1226, &errors::kServerBusy, kUsable, kRolledBack, "user exceeded a resource limit"},
    {1227, &errors::kServerAccess, kUsable, kRolledBack, "privilege missing"},
    {1264, &errors::kServerValue, kUsable, kRolledBack, "value out of range"},
    {1265, &errors::kServerValue, kUsable, kRolledBack, "data truncated"},
    {1290, &errors::kServerReadOnly, kUsable, kRolledBack, "read-only, or another server option"},
    {1292, &errors::kServerValue, kUsable, kRolledBack, "value is not of the type"},
    {1305, &errors::kServerNotFound, kUsable, kRolledBack, "routine does not exist"},
    {1317, &errors::kServerKilledQuery, kUsable, kRolledBack, "statement killed"},
    {1364, &errors::kServerConstraint, kUsable, kRolledBack, "column has no default"},
    {1365, &errors::kServerValue, kUsable, kRolledBack, "division by zero"},
    {1366, &errors::kServerValue, kUsable, kRolledBack, "incorrect value for the column"},
    {1370, &errors::kServerAccess, kUsable, kRolledBack, "routine denied"},
    {1397, &errors::kServerNotFound, kUsable, kRolledBack, "unknown XID"},
    {1402, &errors::kServerRolledBack, kUsable, kRolledBack, "XA branch rolled back"},
    {1406, &errors::kServerValue, kUsable, kRolledBack, "data too long for the column"},
    {1412, &errors::kServerRolledBack, kUsable, kRolledBack, "table definition has changed"},
    {1451, &errors::kServerConstraint, kUsable, kRolledBack, "foreign key: row is referenced"},
    {1452, &errors::kServerConstraint, kUsable, kRolledBack, "foreign key: no such parent"},
    {1586, &errors::kServerDuplicateKey, kUsable, kRolledBack, "duplicate key"},
    {1613, &errors::kServerRolledBack, kUsable, kRolledBack, "XA branch rolled back: timeout"},
    {1614, &errors::kServerRolledBack, kUsable, kRolledBack, "XA branch rolled back: deadlock"},
    {1637, &errors::kServerFull, kUsable, kRolledBack, "too many transactions"},
    {1690, &errors::kServerValue, kUsable, kRolledBack, "number out of range"},
    {1698, &errors::kServerAccess, kUsable, kRolledBack, "access denied"},
    {1836, &errors::kServerReadOnly, kUsable, kRolledBack, "server in read-only mode"},
    {1927, &errors::kServerGoesDown, kPoisoned, kInDoubt, "connection killed"},
    {1969, &errors::kServerTimeLimit, kUsable, kRolledBack, "MariaDB's max_statement_time"},
    {2000, &errors::kConnectorFault, kPoisoned, kInDoubt, "unknown error of the connector"},
    {2001, &errors::kCannotConnect, kPoisoned, kNotSent, "cannot create a socket"},
    {2002, &errors::kCannotConnect, kPoisoned, kNotSent, "cannot connect"},
    {2003, &errors::kCannotConnect, kPoisoned, kNotSent, "cannot connect"},
    {2004, &errors::kCannotConnect, kPoisoned, kNotSent, "cannot create a socket"},
    {2005, &errors::kCannotConnect, kPoisoned, kNotSent, "unknown host"},
    {2006, &errors::kConnectionLost, kPoisoned, kInDoubt, "connection lost while sending"},
    {2008, &errors::kConnectorFault, kPoisoned, kInDoubt, "the client is out of memory"},
    {2012, &errors::kConnectionLost, kPoisoned, kInDoubt, "error in the handshake"},
    {2013, &errors::kConnectionLost, kPoisoned, kInDoubt, "connection lost while waiting"},
    {2014, &errors::kConnectionMisused, kPoisoned, kInDoubt, "commands out of order"},
    {2020, &errors::kConnectionLost, kPoisoned, kInDoubt, "packet larger than the connector takes"},
    {2026, &errors::kCannotConnect, kPoisoned, kInDoubt, "TLS"},
    {2027, &errors::kConnectionLost, kPoisoned, kInDoubt, "malformed packet"},
    {2055, &errors::kConnectionLost, kPoisoned, kInDoubt, "connection lost"},
    {2058, &errors::kConnectorFault, kPoisoned, kNotSent, "authentication plug-in"},
    {2059, &errors::kConnectorFault, kPoisoned, kNotSent, "authentication plug-in not loaded"},
    {3024, &errors::kServerTimeLimit, kUsable, kRolledBack, "MySQL's max_execution_time"},
    {3169, &errors::kServerGoesDown, kPoisoned, kInDoubt, "session killed"},
    {3572, &errors::kServerLockWait, kUsable, kRolledBack, "MySQL's NOWAIT"},
    {3819, &errors::kServerConstraint, kUsable, kRolledBack, "MySQL's CHECK"},
    {4025, &errors::kServerConstraint, kUsable, kRolledBack, "MariaDB's CHECK"},
    {4031, &errors::kServerGoesDown, kPoisoned, kInDoubt, "MySQL closed an idle connection"},
    {-1, &errors::kServerError, kUsable, kRolledBack, "any other"},
};

constexpr bool is_ordered() {
    for (std::size_t i = 1; i + 1 < std::size(kRows); ++i)
        if (kRows[i - 1].number >= kRows[i].number)
            return false;
    return kRows[std::size(kRows) - 1].number == -1;
}

static_assert(is_ordered());

// What the connection itself decides, with no number from anybody.
Outcome outcome_of_own_error(ErrorId id) {
    const bool was_refused =
        id.number == errors::kStatementTooLarge.number ||
        id.number == errors::kCannotConnect.number || id.number == errors::kUsedAfterFork.number ||
        id.number == errors::kConnectionMisused.number || id.number == errors::kBulkRows.number ||
        id.number == errors::kPoolExhausted.number || id.number == errors::kEndpointDown.number ||
        id.number == errors::kTooManyConnections.number ||
        id.number == errors::kConnectorUnfit.number || id.number == errors::kSessionSetup.number;
    return was_refused ? kNotSent : kInDoubt;
}

}  // namespace

std::span<const ServerErrorRow> server_error_rows() {
    return kRows;
}

const ServerErrorRow& find_server_error(int number) {
    const std::span<const ServerErrorRow> listed = server_error_rows().first(std::size(kRows) - 1);
    const auto found = std::ranges::lower_bound(listed, number, {}, &ServerErrorRow::number);
    return found != listed.end() && found->number == number ? *found : server_error_rows().back();
}

absl::Status server_error(std::string_view doing, const ServerMessage& message) {
    const ServerErrorRow& row = find_server_error(message.number);
    ErrorDetail detail;
    detail.connection_poisoned = row.connection == kPoisoned;
    detail.mysql_errno = message.number;
    detail.sqlstate = message.sqlstate;
    return make_error(
        *row.row,
        absl::StrFormat("%s: %s (%d, %s)", doing, message.text, message.number, message.sqlstate),
        detail
    );
}

absl::Status as_write(const absl::Status& status) {
    auto detail = error_detail(status);
    if (!detail || detail->outcome)
        return status;
    detail->outcome =
        detail->mysql_errno != 0 || detail->id == ErrorId{errors::kConnectorFault.number}
            ? find_server_error(detail->mysql_errno).outcome
            : outcome_of_own_error(detail->id);
    if (*detail->outcome == kInDoubt)
        detail->retry = Retry::kNever;
    return with_detail(status, *detail);
}

}  // namespace mosaic::driver
