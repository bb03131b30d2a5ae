#pragma once

#include "answer.h"
#include "compare.h"
#include "corpus.h"
#include "driver/connection.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace mosaic::oracle {

inline constexpr std::string_view kDatabase = "app";

/// Reads all rows of the request that was just sent.
[[nodiscard]] Answer read_answer(driver::Connection& connection);

/// The one server that holds all rows: what it says is right.
class OneServer {
public:
    OneServer(
        std::shared_ptr<driver::Driver> driver,
        driver::ConnectOptions options,
        std::string database = std::string(kDatabase)
    );

    /// Runs a case on the connection of its session, or on the one for cases without.
    [[nodiscard]] Answer ask(const Case& of);
    /// Runs a text on the connection for cases without a session.
    [[nodiscard]] Answer ask(std::string_view sql);
    /// Drops the database and makes it anew, empty.
    void recreate();
    /// Forgets all sessions.
    void end_sessions();
    [[nodiscard]] bool has_transaction(const std::string& session);
    [[nodiscard]] Classes classes(const std::string& collation, const std::set<std::string>& texts);
    [[nodiscard]] Dialect dialect();

    [[nodiscard]] const std::string& database() const { return database_; }

    /// The connection of a session.
    driver::Connection& connection(const std::string& session);

private:
    [[nodiscard]] Answer run(driver::Connection& connection, std::string_view sql) const;
    [[nodiscard]] Answer run_with_variables(driver::Connection& connection, const Case& of) const;
    [[nodiscard]] Answer run_bound(driver::Connection& connection, const Case& of) const;

    std::shared_ptr<driver::Driver> driver_;
    driver::ConnectOptions options_;
    std::string database_;
    std::map<std::string, std::unique_ptr<driver::Connection>> connections_;
};

}  // namespace mosaic::oracle
