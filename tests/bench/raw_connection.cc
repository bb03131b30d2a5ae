#include "bench/raw_connection.h"

#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#include <mysql.h>

#include <cstdio>
#include <cstdlib>

namespace mosaic::bench {
namespace {

[[noreturn]] void give_up(const char* why) {
    std::fprintf(stderr, "%s\n", why);
    std::exit(1);
}

class RawMariaDb final : public RawConnection {
public:
    explicit RawMariaDb(std::uint16_t port) : mysql_(mysql_init(nullptr)) {
        if (mysql_real_connect(mysql_, "127.0.0.1", "root", "", nullptr, port, nullptr, 0) ==
            nullptr)
            give_up(mysql_error(mysql_));
        run("SET NAMES utf8mb4");
    }

    ~RawMariaDb() override { mysql_close(mysql_); }

    RawMariaDb(const RawMariaDb&) = delete;
    RawMariaDb& operator=(const RawMariaDb&) = delete;

    void send(const std::string& sql) override {
        if (mysql_send_query(mysql_, sql.data(), sql.size()) != 0)
            give_up(mysql_error(mysql_));
    }

    std::size_t receive() override {
        if (mysql_read_query_result(mysql_) != 0)
            give_up(mysql_error(mysql_));
        MYSQL_RES* result = mysql_store_result(mysql_);
        if (result == nullptr)
            return mysql_affected_rows(mysql_);
        std::size_t sum = 0;
        const unsigned columns = mysql_num_fields(result);
        while (MYSQL_ROW row = mysql_fetch_row(result)) {
            const unsigned long* lengths = mysql_fetch_lengths(result);
            for (unsigned i = 0; i < columns; ++i) sum += row[i] == nullptr ? 0 : lengths[i];
        }
        mysql_free_result(result);
        return sum;
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
            statement_->execute("SET NAMES utf8mb4");
        } catch (const sql::SQLException& error) {
            give_up(error.what());
        }
    }

    void send(const std::string& sql) override { sql_ = sql; }

    std::size_t receive() override {
        try {
            if (!statement_->execute(sql_))
                return statement_->getUpdateCount();
            const std::unique_ptr<sql::ResultSet> rows(statement_->getResultSet());
            const unsigned columns = rows->getMetaData()->getColumnCount();
            std::size_t sum = 0;
            while (rows->next()) {
                for (unsigned i = 1; i <= columns; ++i) sum += rows->getString(i).length();
            }
            return sum;
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
