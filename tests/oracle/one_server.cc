#include "one_server.h"

#include "base/status.h"
#include "support/test_servers.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <utility>

namespace mosaic::oracle {
namespace {

absl::Status read_rows(driver::Connection& connection, Answer& answer) {
    Batch batch;
    while (true) {
        MOSAIC_ASSIGN_OR_RETURN(const bool has_more, connection.fetch(batch));
        if (!has_more)
            break;
        for (std::size_t r = 0; r < batch.row_count(); ++r) {
            Row row;
            for (std::size_t c = 0; c < batch.column_count(); ++c) {
                const auto cell = batch.cell(r, c);
                row.push_back(cell ? Cell(std::string(*cell)) : Cell());
            }
            answer.rows.push_back(std::move(row));
        }
    }
    answer.warnings = connection.warning_count();
    return absl::OkStatus();
}

}  // namespace

Answer read_answer(driver::Connection& connection) {
    absl::StatusOr<driver::Reply> reply = connection.receive();
    if (!reply.ok())
        return failed(reply.status());
    Answer answer;
    answer.affected_rows = reply->affected_rows;
    answer.warnings = reply->warnings;
    answer.columns = std::move(reply->columns);
    answer.has_rows = !answer.columns.empty();
    if (!answer.has_rows)
        return answer;
    if (absl::Status read = read_rows(connection, answer); !read.ok())
        return failed(read);
    return answer;
}

OneServer::OneServer(
    std::shared_ptr<driver::Driver> driver, driver::ConnectOptions options, std::string database
)
    : driver_(std::move(driver)), options_(std::move(options)), database_(std::move(database)) {}

Answer OneServer::run(driver::Connection& connection, std::string_view sql) const {
    const driver::Request request{.text = sql, .schema = database_};
    if (absl::Status sent = connection.send(request, driver::Overlap::kAlone); !sent.ok())
        return failed(sent);
    return read_answer(connection);
}

/// MySQL takes values from user variables only.
Answer OneServer::run_with_variables(driver::Connection& connection, const Case& of) const {
    std::string text;
    append_text_literal(text, of.sql, connection.facts().backslash);
    Answer prepared = run(connection, "PREPARE oracle_case FROM " + text);
    if (!prepared.is_ok())
        return prepared;
    std::string names;
    for (std::size_t i = 0; i < of.values.size(); ++i) {
        const std::string name = absl::StrFormat("@oracle_%d", i);
        const Answer set = run(connection, "SET " + name + " = " + of.values[i].literal);
        if (!set.is_ok())
            return set;
        names += (i == 0 ? "" : ", ") + name;
    }
    Answer answer = run(connection, "EXECUTE oracle_case USING " + names);
    test::must(run(connection, "DEALLOCATE PREPARE oracle_case").status);
    return answer;
}

/// As a program would that binds: the server itself puts the values in the places of the `?`.
Answer OneServer::run_bound(driver::Connection& connection, const Case& of) const {
    if (connection.facts().kind == driver::ServerKind::kMySql)
        return run_with_variables(connection, of);
    std::string text = "EXECUTE IMMEDIATE ";
    append_text_literal(text, of.sql, connection.facts().backslash);
    for (std::size_t i = 0; i < of.values.size(); ++i)
        text += (i == 0 ? " USING " : ", ") + of.values[i].literal;
    return run(connection, text);
}

driver::Connection& OneServer::connection(const std::string& session) {
    std::unique_ptr<driver::Connection>& connection = connections_[session];
    if (connection == nullptr)
        connection = test::must(driver_->connect(options_));
    return *connection;
}

Answer OneServer::ask(const Case& of) {
    driver::Connection& asked = connection(of.session);
    return of.values.empty() ? run(asked, of.sql) : run_bound(asked, of);
}

Answer OneServer::ask(std::string_view sql) {
    return run(connection(""), sql);
}

void OneServer::recreate() {
    driver::Connection& asked = connection("");
    // The character set is that of the shards' schemas, whatever the server's own default.
    const std::string& name = database_;
    for (const std::string& command :
         {"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name + " CHARACTER SET utf8mb4"})
        test::must(test::run(asked, command).status());
}

void OneServer::end_sessions() {
    std::erase_if(connections_, [](const auto& item) { return !item.first.empty(); });
}

bool OneServer::has_transaction(const std::string& session) {
    return (connection(session).server_status() & driver::kStatusInTransaction) != 0;
}

Dialect OneServer::dialect() {
    const bool is_mysql = connection("").facts().kind == driver::ServerKind::kMySql;
    return is_mysql ? Dialect::kMySql : Dialect::kMariaDb;
}

Classes OneServer::classes(const std::string& collation, const std::set<std::string>& texts) {
    std::string rows;
    for (const std::string& text : texts) {
        rows += rows.empty() ? "SELECT " : " UNION ALL SELECT ";
        append_literal(rows, Value::bytes(text), Backslash::kEscapes);
        rows += rows.find(" AS v") == std::string::npos ? " AS v" : "";
    }
    if (rows.empty())
        return {};
    const std::string charset = collation.substr(0, collation.find('_'));
    const Answer answer = ask(absl::StrFormat(
        "SELECT v, DENSE_RANK() OVER (ORDER BY CONVERT(CONVERT(v USING utf8mb4) USING %s) COLLATE "
        "%s) "
        "FROM (%s) AS texts",
        charset,
        collation,
        rows
    ));
    test::must(answer.status);
    Classes classes;
    for (const Row& row : answer.rows)
        classes[row[0].value()] = absl::StrFormat("%06s", row[1].value());
    return classes;
}

}  // namespace mosaic::oracle
