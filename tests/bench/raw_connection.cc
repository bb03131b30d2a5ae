#include "bench/raw_connection.h"

#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#include <mysql.h>

#include <cstdio>
#include <cstdlib>

namespace mosaic::bench {
namespace {

// What Mosaic's connections are given too.
constexpr const char* kSession =
    "SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = "
    "'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";

[[noreturn]] void give_up(const char* why) {
    std::fprintf(stderr, "%s\n", why);
    std::exit(1);
}

class RawMariaDb final : public RawConnection {
public:
    explicit RawMariaDb(std::uint16_t port) : mysql_(mysql_init(nullptr)) {
        mysql_options(mysql_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
        const unsigned protocol = MYSQL_PROTOCOL_TCP;
        mysql_options(mysql_, MYSQL_OPT_PROTOCOL, &protocol);
        if (mysql_real_connect(mysql_, "127.0.0.1", "root", "", nullptr, port, nullptr, 0) ==
            nullptr)
            give_up(mysql_error(mysql_));
        run(kSession, [](unsigned, std::string_view) {});
    }

    ~RawMariaDb() override { mysql_close(mysql_); }

    RawMariaDb(const RawMariaDb&) = delete;
    RawMariaDb& operator=(const RawMariaDb&) = delete;

    void send(const std::string& sql) override {
        if (mysql_send_query(mysql_, sql.data(), sql.size()) != 0)
            give_up(mysql_error(mysql_));
    }

    std::uint64_t receive(Visit visit) override {
        if (mysql_read_query_result(mysql_) != 0)
            give_up(mysql_error(mysql_));
        MYSQL_RES* result = mysql_store_result(mysql_);
        if (result == nullptr)
            return mysql_affected_rows(mysql_);
        const unsigned columns = mysql_num_fields(result);
        while (const MYSQL_ROW row = mysql_fetch_row(result)) {
            const unsigned long* sizes = mysql_fetch_lengths(result);
            for (unsigned i = 0; i < columns; ++i)
                visit(i, {row[i] == nullptr ? "" : row[i], sizes[i]});
        }
        mysql_free_result(result);
        return 0;
    }

private:
    MYSQL* mysql_;
};

class RawConnectorCpp final : public RawConnection {
public:
    explicit RawConnectorCpp(std::uint16_t port) {
        try {
            connection_.reset(get_driver_instance()->connect(
                "tcp://127.0.0.1:" + std::to_string(port), "root", ""
            ));
            statement_.reset(connection_->createStatement());
            statement_->execute(kSession);
        } catch (const sql::SQLException& error) {
            give_up(error.what());
        }
    }

    void send(const std::string& sql) override { sql_ = sql; }

    std::uint64_t receive(Visit visit) override {
        try {
            if (!statement_->execute(sql_))
                return statement_->getUpdateCount();
            const std::unique_ptr<sql::ResultSet> rows(statement_->getResultSet());
            const unsigned columns = rows->getMetaData()->getColumnCount();
            while (rows->next()) {
                for (unsigned i = 0; i < columns; ++i)
                    visit(i, rows->getString(i + 1).asStdString());
            }
            return 0;
        } catch (const sql::SQLException& error) {
            give_up(error.what());
        }
    }

private:
    std::unique_ptr<sql::Connection> connection_;
    std::unique_ptr<sql::Statement> statement_;
    std::string sql_;
};

}  // namespace

std::unique_ptr<RawConnection> connect_raw(const std::string& driver, std::uint16_t port) {
    if (driver == "mariadb")
        return std::make_unique<RawMariaDb>(port);
    return std::make_unique<RawConnectorCpp>(port);
}

}  // namespace mosaic::bench
