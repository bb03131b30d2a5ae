#include "spider.h"

#include <absl/strings/str_format.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace mosaic::tpch {
namespace {

using oracle::Case;

constexpr char kDatabase[] = "spider_tpch";
constexpr int kSecondsMax = 120;

void must_do(oracle::OneServer& server, std::string_view sql) {
    const oracle::Answer answer = server.ask(sql);
    if (!answer.is_ok())
        throw std::runtime_error("Spider: " + oracle::describe(answer, 0));
}

bool is_small(std::string_view table) {
    return table == "nation" || table == "region";
}

/// The first column, which every table is partitioned by.
std::string first_column(const std::string& create) {
    const std::size_t begin = create.find_first_not_of(" \n", create.find('(') + 1);
    return create.substr(begin, create.find(' ', begin) - begin);
}

}  // namespace

Spider::Spider(test::TestServers& servers, int head, int count)
    : servers_(servers),
      count_(count),
      head_(driver::make_driver("mariadb"), servers.options(head), kDatabase) {
    for (int i = 0; i < count; ++i) {
        parts_.push_back(test::must(driver::make_driver("mariadb")->connect(servers.options(i + 1)))
        );
        fillers_.emplace_back([this, i](const std::string& insert) {
            static_cast<void>(
                test::must(test::run(*parts_[static_cast<std::size_t>(i)], insert, kDatabase))
            );
        });
    }
    fillers_.emplace_back([this](const std::string& insert) { must_do(head_, insert); });
}

void Spider::create(const std::vector<Case>& tables) {
    head_.recreate();
    must_do(head_, "INSTALL SONAME 'ha_spider'");
    must_do(head_, "SET GLOBAL spider_conn_recycle_mode = 1");
    for (int i = 0; i < count_; ++i) {
        driver::Connection& part = *parts_[static_cast<std::size_t>(i)];
        static_cast<void>(test::must(
            test::run(part, std::string("CREATE DATABASE ") + kDatabase + " CHARACTER SET utf8mb4")
        ));
        must_do(
            head_,
            absl::StrFormat(
                "CREATE SERVER part%d FOREIGN DATA WRAPPER mysql OPTIONS (HOST '127.0.0.1', PORT "
                "%d, DATABASE '%s', USER 'root', PASSWORD '')",
                i,
                servers_.server(i + 1).port(),
                kDatabase
            )
        );
        for (const Case& of : tables) {
            if (!is_small(oracle::table_of(of.sql)))
                static_cast<void>(test::must(test::run(part, of.sql, kDatabase)));
        }
    }
    for (const Case& of : tables) create_on_head(of);
    // Of the connection that asks.
    must_do(head_, absl::StrFormat("SET SESSION max_statement_time = %d", kSecondsMax));
}

void Spider::create_on_head(const Case& of) {
    const std::string table = oracle::table_of(of.sql);
    if (is_small(table)) {
        must_do(head_, of.sql);
        return;
    }
    std::string sql = of.sql.substr(0, of.sql.rfind(") ENGINE"));
    absl::StrAppendFormat(
        &sql,
        ") ENGINE = SPIDER COMMENT = 'wrapper \"mysql\", table \"%s\"' PARTITION BY LIST (MOD(%s, "
        "%d)) (",
        table,
        first_column(of.sql),
        count_
    );
    for (int i = 0; i < count_; ++i)
        absl::StrAppendFormat(
            &sql,
            "%sPARTITION p%d VALUES IN (%d) COMMENT = 'srv \"part%d\"'",
            i == 0 ? "" : ", ",
            i,
            i,
            i
        );
    must_do(head_, sql + ")");
}

void Spider::add(std::string_view table, std::string_view row) {
    if (is_small(table)) {
        fillers_.back().add(table, row);
        return;
    }
    const long key = std::strtol(row.data() + 1, nullptr, 10);
    fillers_[static_cast<std::size_t>(key % count_)].add(table, row);
}

void Spider::finish() {
    for (Filler& filler : fillers_) filler.finish();
}

}  // namespace mosaic::tpch
