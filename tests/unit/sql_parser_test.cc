// The parser and the printer: what they read, what they refuse, and that printing keeps the
// meaning.
#include "base/status.h"
#include "sql/comments.h"
#include "sql/parser.h"
#include "sql/printer.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <random>
#include <string>

using namespace mosaic;
using namespace mosaic::sql;

namespace {

/// A statement with the memory that it lives in.
struct Parsed {
    explicit Parsed(std::string sql, Syntax how = {}) : text(std::move(sql)), syntax(how) {
        auto result = parse(text, syntax, arena);
        status = result.status();
        statement = result.ok() ? *result : nullptr;
    }

    std::string text;
    Syntax syntax;
    Arena arena;
    absl::Status status;
    const Statement* statement = nullptr;
};

std::string printed(std::string sql, Syntax syntax = {}) {
    const Parsed parsed(std::move(sql), syntax);
    if (parsed.statement == nullptr)
        return std::string(parsed.status.message());
    PrintOptions options;
    options.pipes_as_concat = syntax.pipes_as_concat;
    return print(*parsed.statement, options).text;
}

int error_of(const Parsed& parsed) {
    const auto detail = error_detail(parsed.status);
    return detail ? detail->id.number : 0;
}

const Expr& first_item(const Parsed& parsed) {
    REQUIRE(parsed.status.ok());
    return *parsed.statement->query->select->items[0].expr;
}

std::vector<std::string> corpus() {
    std::ifstream file(MOSAIC_TEST_DATA "/sql_roundtrip.sql");
    std::string script((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::vector<std::string> out;
    for (const std::string_view one : split_statements(script, {})) out.emplace_back(one);
    return out;
}

}  // namespace

TEST_CASE("operators bind as the servers bind them") {
    CHECK(printed("SELECT 1 + 2 * 3") == "SELECT 1 + 2 * 3");
    CHECK(printed("SELECT (1 + 2) * 3") == "SELECT (1 + 2) * 3");
    CHECK(printed("SELECT 1 - (2 - 3)") == "SELECT 1 - (2 - 3)");
    CHECK(printed("SELECT a OR b AND c XOR d") == "SELECT `a` OR `b` AND `c` XOR `d`");
    CHECK(printed("SELECT (a OR b) AND c") == "SELECT (`a` OR `b`) AND `c`");
    CHECK(printed("SELECT NOT a = b") == "SELECT NOT `a` = `b`");
    CHECK(printed("SELECT (NOT a) = b") == "SELECT (NOT `a`) = `b`");
    CHECK(printed("SELECT a BETWEEN 1 AND 2 AND b") == "SELECT `a` BETWEEN 1 AND 2 AND `b`");
    CHECK(printed("SELECT - - 1") == "SELECT - -1");
    CHECK(printed("SELECT !a IN (1)") == "SELECT !`a` IN (1)");
    CHECK(printed("SELECT a | b & c << 1 ^ 2") == "SELECT `a` | `b` & `c` << 1 ^ 2");
    CHECK(printed("SELECT a || b") == "SELECT `a` OR `b`");
    Syntax pipes;
    pipes.pipes_as_concat = true;
    CHECK(printed("SELECT a || b", pipes) == "SELECT `a` || `b`");
    CHECK(
        printed("SELECT a, b FROM t WHERE a = ALL (SELECT 1)") ==
        "SELECT `a`, `b` FROM `t` WHERE `a` = ALL (SELECT 1)"
    );
}

TEST_CASE("literals mean what they mean on a server") {
    CHECK(first_item(Parsed("SELECT 'it''s' ' a\\n\\%'")).text == "it's a\n\\%");
    CHECK(first_item(Parsed("SELECT \"x\"")).kind == ExprKind::kText);
    Syntax ansi;
    ansi.ansi_quotes = true;
    CHECK(first_item(Parsed("SELECT \"x\"", ansi)).kind == ExprKind::kColumn);
    Syntax plain;
    plain.no_backslash_escapes = true;
    CHECK(first_item(Parsed("SELECT 'a\\'", plain)).text == "a\\");
    CHECK(first_item(Parsed("SELECT 0xABC")).text == "0ABC");
    CHECK(first_item(Parsed("SELECT x'0a'")).kind == ExprKind::kHex);
    CHECK(first_item(Parsed("SELECT b'01'")).kind == ExprKind::kBit);
    CHECK(first_item(Parsed("SELECT 1.")).kind == ExprKind::kDecimal);
    CHECK(first_item(Parsed("SELECT .5e-3")).kind == ExprKind::kDouble);
    CHECK(first_item(Parsed("SELECT _latin1'x'")).qualifier == "_latin1");
    CHECK(first_item(Parsed("SELECT DATE '2024-01-01'")).kind == ExprKind::kTemporal);
    CHECK(first_item(Parsed("SELECT 1a FROM t")).kind == ExprKind::kColumn);
    CHECK(error_of(Parsed("SELECT x'abc'")) == errors::kParseSyntax.number);
    CHECK(error_of(Parsed("SELECT 'abc")) == errors::kParseSyntax.number);
}

TEST_CASE("positions point at what was written") {
    const Parsed parsed("SELECT u.id FROM app.users u WHERE id = ? AND x = ?");
    REQUIRE(parsed.status.ok());
    const Select& select = *parsed.statement->query->select;
    CHECK(select.from->begin == 17);
    CHECK(select.from->schema == "app");
    CHECK(parsed.statement->parameter_count == 2);
    const Expr& second = *select.where->args[1]->args[1];
    CHECK(second.index == 1);
    CHECK(parsed.text.substr(second.begin, second.end - second.begin) == "?");
    CHECK(select.items[0].source == "id");
}

TEST_CASE("one semicolon may end a statement") {
    for (const std::string text : {"SELECT 1", "SAVEPOINT a", "SHOW TABLES", "DROP TABLE t"}) {
        CHECK(Parsed(text + ";").status.ok());
        CHECK(error_of(Parsed(text + ";;")) == errors::kParseSyntax.number);
        CHECK(error_of(Parsed(text + ";; ;")) == errors::kParseSyntax.number);
    }
    CHECK(Parsed("CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END").status.ok());
}

TEST_CASE("what was written holds the end of an executable comment") {
    const Parsed parsed("ROLLBACK TO /*! a */ # b");
    REQUIRE(parsed.status.ok());
    CHECK(parsed.statement->source == "ROLLBACK TO /*! a */");
    CHECK(printed("SELECT @@`a b`, @@sql_mode") == "SELECT @@`a b`, @@sql_mode");
}

TEST_CASE("what binds tighter than its left side is no operator of it") {
    CHECK(error_of(Parsed("SELECT a IN (1) + 1")) == errors::kParseSyntax.number);
    CHECK(error_of(Parsed("SELECT a IS NULL + 1")) == errors::kParseSyntax.number);
    CHECK(error_of(Parsed("SELECT a = NOT b")) == errors::kParseSyntax.number);
    CHECK(printed("SELECT NOT a IN (1) OR b") == "SELECT NOT `a` IN (1) OR `b`");
    CHECK(printed("SELECT -a || b") == "SELECT -`a` OR `b`");
}

TEST_CASE("OFFSET and FETCH are MariaDB's other way to say LIMIT") {
    CHECK(
        printed("SELECT a FROM t OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY") ==
        "SELECT `a` FROM `t` LIMIT 3 OFFSET 2"
    );
    CHECK(
        printed("SELECT a FROM t OFFSET 1 ROW") ==
        "SELECT `a` FROM `t` LIMIT 18446744073709551615 OFFSET 1"
    );
    CHECK(
        error_of(Parsed("SELECT a FROM t FETCH FIRST 1 ROW WITH TIES")) ==
        errors::kParseUnsupported.number
    );
    Syntax mysql;
    mysql.is_mariadb = false;
    CHECK(
        error_of(Parsed("SELECT a FROM t OFFSET 1 ROW", mysql)) == errors::kParseUnsupported.number
    );
}

TEST_CASE("comments are skipped, executable ones are read") {
    CHECK(printed("SELECT 1 -- x\n + 2 # y\n /* z */ + 3") == "SELECT 1 + 2 + 3");
    CHECK(printed("SELECT 1 /*!100100 + 2 */ /*!999999 + 3 */ /*M! + 4 */") == "SELECT 1 + 2 + 4");
    CHECK(printed("SELECT 1--1") == "SELECT 1 - -1");
    CHECK(printed("SELECT /*mosaic at=42 */ 1") == "SELECT 1");
    CHECK(error_of(Parsed("SELECT 1 /* x")) == errors::kParseSyntax.number);
    CHECK(printed("SHOW TABLES -- all") == "SHOW TABLES");
    CHECK(printed("SHOW TABLES ;") == "SHOW TABLES");
    CHECK(Parsed("SHOW ;").statement->text.empty());
    CHECK(error_of(Parsed("SHOW COLUMNS FROM a ---- b")) == errors::kParseSyntax.number);
}

TEST_CASE("executable comments are read as the server's kind and version do") {
    Syntax mysql;
    mysql.is_mariadb = false;
    mysql.server_version = 90704;
    const auto plain = [](std::string_view text, const Syntax& syntax) {
        return without_executable_comments(text, syntax);
    };
    CHECK(plain("a /*! b */ c", {}) == "a  b  c");
    CHECK(plain("a/*!*/b", {}) == "a b");
    CHECK(plain("a /*!80000 b */", {}) == "a ");  // MariaDB takes no number of MySQL 5.7 to 9
    CHECK(plain("a /*!80000 b */", mysql) == "a  b ");
    CHECK(plain("a /*M! b */", {}) == "a  b ");
    CHECK(plain("a /*M! b */", mysql) == "a ");
    CHECK(plain("a /*!99999 b */", mysql) == "a ");
    CHECK(plain("'/*! x */' /* y */ /*! \"*/\" */", {}) == "'/*! x */' /* y */  \"*/\" ");
    CHECK_FALSE(may_hold_executable_comments("/* a */ /*+ b */"));
}

TEST_CASE("errors name line, column, what was found and what was expected") {
    CHECK(
        message_of(Parsed("SELECT a\nFROM t WHERE ORDER BY a").status) ==
        "MO-3001 parse statement: line 2 column 14: found `ORDER`, expected an expression"
    );
    CHECK(error_detail(Parsed("SELEC 1 FROM").status)->mysql_errno == 1064);
    CHECK(Parsed("OPTIMIZE TABLE t").status.ok());
    CHECK(error_detail(Parsed("SELECT DISTINCT ALL a FROM t").status)->mysql_errno == 1221);
    CHECK(error_detail(Parsed("SELECT 1 FROM").status)->mysql_errno == 1064);
    CHECK(error_of(Parsed("SELECT a INTO OUTFILE 'x' FROM t")) == errors::kParseUnsupported.number);
    CHECK(error_of(Parsed("SELECT 1; SELECT 2")) == errors::kParseSyntax.number);
    CHECK(error_of(Parsed("SELECT COUNT (*) FROM t")) == errors::kParseSyntax.number);
}

TEST_CASE("nesting and chains are bounded, and refused without harm") {
    CHECK(error_of(Parsed("SELECT " + std::string(100'000, '('))) == errors::kParseTooDeep.number);
    CHECK(error_of(Parsed("SELECT " + std::string(100'000, '-') + "1")) != 0);
    std::string chain = "SELECT 1";
    for (int i = 0; i < 100'000; ++i) chain += " OR 1";
    CHECK(error_of(Parsed(chain)) == errors::kParseTooDeep.number);
    std::string fits = "SELECT a FROM t WHERE a = 0";
    for (int i = 1; i < 1000; ++i) fits += " OR a = " + std::to_string(i);
    const Parsed parsed(fits);
    REQUIRE(parsed.status.ok());
    const Parsed again(print(*parsed.statement, {}).text);
    CHECK(equal(*parsed.statement, *again.statement));
}

TEST_CASE("kinds of statements are told apart") {
    const auto kind = [](const char* sql) { return Parsed(sql).statement->kind; };
    CHECK(kind("BEGIN") == StatementKind::kBegin);
    CHECK(kind("START TRANSACTION READ ONLY") == StatementKind::kBegin);
    CHECK(kind("ROLLBACK") == StatementKind::kRollback);
    CHECK(kind("ROLLBACK TO SAVEPOINT a") == StatementKind::kSavepoint);
    CHECK(kind("CREATE TABLE t (a INT)") == StatementKind::kDdl);
    CHECK(Parsed("create table t (a INT)").statement->text == "CREATE TABLE");
    CHECK(kind("SHOW TABLES") == StatementKind::kShow);
    CHECK(kind("DESC t") == StatementKind::kShow);
    CHECK(kind("EXPLAIN SELECT 1") == StatementKind::kExplain);
    CHECK(kind("CALL p(1)") == StatementKind::kOther);
    CHECK(kind("USE app") == StatementKind::kUse);
    CHECK(Parsed("SET NAMES 'utf8mb4' COLLATE utf8mb4_bin").statement->set->names == "utf8mb4");
    CHECK(
        Parsed("SET autocommit=1, @@session.sql_mode = 'x'").statement->set->assignments.size() == 2
    );
}

TEST_CASE("what is printed is read as the same tree") {
    const std::vector<std::string> statements = corpus();
    REQUIRE(statements.size() >= 100);
    for (const std::string& sql : statements) {
        CAPTURE(sql);
        const Parsed parsed(sql);
        INFO(parsed.status.message());
        REQUIRE(parsed.status.ok());
        const Parsed again(print(*parsed.statement, {}).text);
        CAPTURE(again.text);
        INFO(again.status.message());
        REQUIRE(again.status.ok());
        CHECK(equal(*parsed.statement, *again.statement));
    }
}

TEST_CASE("mangled statements are refused or read, never crash") {
    const std::vector<std::string> statements = corpus();
    std::minstd_rand random(20261124);
    for (int i = 0; i < 20'000; ++i) {
        std::string sql = statements[random() % statements.size()];
        for (auto changes = random() % 3 + 1; changes > 0 && !sql.empty(); --changes) {
            const std::size_t at = random() % sql.size();
            switch (random() % 3) {
                case 0:
                    sql.erase(at, random() % 8 + 1);
                    break;
                case 1:
                    sql.insert(at, 1, "()',`\"*/-;.@?:="[random() % 15]);
                    break;
                default:
                    sql[at] = static_cast<char>(random() % 256);
                    break;
            }
        }
        const Parsed parsed(sql);
        if (parsed.statement != nullptr && parsed.statement->kind <= StatementKind::kDelete) {
            const Parsed again(print(*parsed.statement, {}).text);
            CAPTURE(sql, again.text);
            REQUIRE(again.status.ok());
            REQUIRE(equal(*parsed.statement, *again.statement));
        }
    }
}

TEST_CASE("a script is split at its semicolons") {
    const std::string script =
        "SELECT ';' ; -- a; b\nSELECT `a;b`;\n/* ; */\nDELIMITER $$\nCREATE PROCEDURE p() BEGIN "
        "SELECT 1; END$$\n"
        "DELIMITER ;\nSELECT 2";
    const auto parts = split_statements(script, {});
    REQUIRE(parts.size() == 4);
    CHECK(parts[0] == "SELECT ';'");
    CHECK(parts[2] == "CREATE PROCEDURE p() BEGIN SELECT 1; END");
    CHECK(parts[3] == "SELECT 2");
    CHECK(split_statements(" -- nothing\n;;", {}).empty());
}
