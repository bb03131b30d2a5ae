// `mosaic sql` and `mosaic explain` as a user calls them, on real servers; `mariadb --batch` on one
// server with the same rows says what is right.
#include "sql_tool_fixture.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace mosaic;
using namespace mosaic::test;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kPartial = 5;
constexpr int kInterrupted = 130;

std::vector<json> lines_of(const std::string& text) {
    std::vector<json> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
    return lines;
}

}  // namespace

TEST_CASE("tsv is byte for byte what mariadb --batch prints", "[sql]") {
    for (const char* driver : {"mariadb", "connector-cpp"}) {
        CAPTURE(driver);
        Both both(driver);
        both.insert_kinds();
        const std::vector<std::string> statements = {
            "SELECT * FROM kinds ORDER BY id",
            "SELECT * FROM kinds WHERE id = 4",
            "SELECT text, id FROM kinds WHERE id = 77",
            "SELECT text FROM kinds WHERE text = '' ORDER BY id",
            "SELECT COUNT(*), SUM(money), MAX(wide), MIN(big_id) FROM kinds",
            "SELECT NULL, '', 'NULL', 0x00, 1.50, -1e-9 FROM kinds WHERE id = 1",
            "SELECT id AS `a\tb`, id AS `c\\\\d`, id AS `é` FROM kinds WHERE id = 1",
            "SELECT 1; SELECT id FROM kinds WHERE id = 99; SELECT id FROM kinds ORDER BY id DESC",
            "SELECT id /* ; */ FROM kinds WHERE text = ';' -- ;\n; SELECT 2",
        };
        for (const std::string& statement : statements) {
            CAPTURE(statement);
            const Called right = both.mariadb(statement, "--batch");
            INFO(right.errors);
            REQUIRE(right.exit_code == kDone);
            const Called ours = both.sql(statement, {"--format", "tsv"});
            CHECK(ours.errors.empty());
            CHECK(ours.exit_code == kDone);
            CHECK(ours.out == right.out);
            CHECK(both.sql(statement).out == right.out);  // Where no terminal is.
        }
        const Called writes = both.sql("DELETE FROM kinds WHERE id = 1; BEGIN; COMMIT");
        CHECK(writes.exit_code == kDone);
        CHECK(writes.out.empty());
        CHECK(writes.errors.empty());
    }
}

TEST_CASE("json gives every row as an object with exact values", "[sql]") {
    Both both;
    both.insert_kinds();
    const Called called = both.sql("SELECT * FROM kinds ORDER BY id", {"--format", "json"});
    REQUIRE(called.exit_code == kDone);
    const std::vector<json> rows = lines_of(called.out);
    REQUIRE(rows.size() == 5);
    CHECK(rows[0]["big_id"] == 18446744073709551615U);
    CHECK(rows[0]["padded"] == 42);
    CHECK(rows[0]["bits"] == 5);
    CHECK(rows[0]["at"] == "2024-02-29 23:59:59.000001");
    CHECK(rows[0]["tags"] == "a,b");
    CHECK(rows[1]["id"] == 2);
    for (const auto& [name, value] : rows[1].items()) CHECK((name == "id" || value.is_null()));
    CHECK(rows[2]["text"] == "");
    CHECK(rows[2]["raw"] == "0x");
    CHECK(rows[3]["text"] == std::string("tab\tnew\nline\\back") + '\0' + "nul\rreturn \"quote'");
    CHECK(rows[3]["bytes"] == "0x00090A0D5C2022FF80C3");
    CHECK(
        has(called.out,
            "\"wide\":-12345678901234567890123456789012345.012345678901234567890123456789,"
            "\"money\":-0.01,")
    );
    CHECK(rows[3]["big"] == 1.7976931348623157e308);
    CHECK(rows[4]["text"] == "日本語 é 😀 eu0301");

    const json twice = json::parse(
        both.sql("SELECT id, id, id AS id_2, text FROM kinds WHERE id = 1", {"--format", "json"})
            .out
    );
    CHECK(twice.size() == 4);
    CHECK(twice["id_3"] == 1);
    CHECK(both.sql("SELECT id FROM kinds WHERE id = 9", {"--format", "json"}).out.empty());
}

TEST_CASE("a table is drawn as the mariadb client draws it", "[sql]") {
    Both both;
    both.insert("words", "(1, 'one'), (-20, 'minus twenty'), (300, 'three'), (4, '')");
    for (const std::string statement :
         {"SELECT id, word FROM words ORDER BY id",
          "SELECT word, id AS a_long_name FROM words ORDER BY id",
          "SELECT id FROM words WHERE id = 5"}) {
        CAPTURE(statement);
        const Called right = both.mariadb(statement, "--table");
        REQUIRE(right.exit_code == kDone);
        CHECK(both.sql(statement, {"--format", "table"}).out == right.out);
    }
    both.insert("words", "(5, 'two\\nlines\\t\\0\\\\ \\Z'), (6, '日本語'), (7, 'é e\xCC\x81')");
    CHECK(
        both.sql(
                "SELECT word, x'00FF' AS `ü`, NULL AS n FROM words WHERE id IN (5, 6, 7) ORDER BY "
                "id",
                {"--format", "table"}
        )
            .out ==
        "+------------------------+--------+------+\n"
        "| word                   | ü      | n    |\n"
        "+------------------------+--------+------+\n"
        "| two\\nlines\\t\\x00\\ \\x1A | 0x00FF | NULL |\n"
        "| 日本語                 | 0x00FF | NULL |\n"
        "| é e\xCC\x81                    | 0x00FF | NULL |\n"
        "+------------------------+--------+------+\n"
    );
}

TEST_CASE("statements come from -e, a file and standard input", "[sql]") {
    Both both;
    const std::string script =
        "-- first; line\nSELECT 1 AS a;\n\n/* more\n; */ SELECT\n 'x;\ny' AS b\n;\n"
        "delimiter //\nSELECT 2 AS c; //\nDELIMITER ;\nSELECT 3 AS d";
    const std::string right = "a\n1\nb\nx;\\ny\nc\n2\nd\n3\n";
    CHECK(both.sql(script).out == right);
    CHECK(both.mosaic({"sql", both.write_script(script)}).out == right);
    CHECK(both.mosaic({"sql"}, script).out == right);
    CHECK(both.mosaic({"sql", "-"}, script).out == right);
    CHECK(both.mosaic({"sql", "-e", "SELECT 1 AS a", "-e", "SELECT 2 AS c"}).out == "a\n1\nc\n2\n");
    CHECK(both.mosaic({"sql"}, "").exit_code == kDone);

    const Called two = both.mosaic({"sql", "-e", "SELECT 1", both.write_script(script)});
    CHECK(two.exit_code == kUsage);
    CHECK(has(two.errors, "MO-6012"));
    const Called none = both.mosaic({"sql", "/nowhere/script.sql"});
    CHECK(none.exit_code == kUsage);
    CHECK(has(none.errors, "MO-6013"));
    CHECK(both.mosaic({"sql", "--format", "xml"}).exit_code == kUsage);
}

TEST_CASE("a script stops at its first error and names its line, unless it is forced", "[sql]") {
    Both both;
    const std::string script =
        "SELECT 1;\n# a comment\n\n/* and\n another */ SELECT 1 +;\nSELECT 2;\n"
        "SELECT 'open\n";
    const fs::path file = both.write_script(script);
    const Called stopped = both.mosaic({"sql", file});
    CHECK(stopped.exit_code == kFailed);
    CHECK(stopped.out == "1\n1\n");
    CHECK(has(stopped.errors, file.string() + ":5: MO-3001 "));
    CHECK_FALSE(has(stopped.errors, ":7:"));

    const Called forced = both.mosaic({"sql", "--force"}, script);
    CHECK(forced.exit_code == kFailed);
    CHECK(forced.out == "1\n1\n2\n2\n");
    CHECK(has(forced.errors, "standard input:5: MO-3001 "));
    CHECK(has(forced.errors, "standard input:7: MO-3001 "));

    const Called one = both.sql("SELECT 1 +");
    CHECK(one.exit_code == kFailed);
    CHECK(one.errors.starts_with("MO-3001 "));
    CHECK(has(both.sql("SELECT 1;\nSELECT 1 +").errors, "-e:2: MO-3001 "));
    // A table that is not configured is the statement's fault, not that of the call.
    CHECK(both.sql("SELECT * FROM unknown").exit_code == kFailed);
}

TEST_CASE("a transaction of a script is committed by it, or rolled back", "[sql]") {
    Both both;
    const auto count = [&] { return both.sql("SELECT COUNT(*) AS n FROM words").out; };
    const Called committed = both.mosaic(
        {"sql"},
        "BEGIN;\nINSERT INTO words VALUES (1, 'a');\nSELECT word FROM words WHERE id = 1;\n"
        "UPDATE words SET word = 'b' WHERE id = 1;\nCOMMIT;\n"
    );
    CHECK(committed.exit_code == kDone);
    CHECK(committed.errors.empty());
    CHECK(committed.out == "word\na\n");
    CHECK(both.sql("SELECT word FROM words").out == "word\nb\n");

    const Called open = both.mosaic(
        {"sql"},
        "BEGIN;\nDELETE FROM words WHERE id = 1;\nSELECT COUNT(*) FROM words "
        "WHERE id = 1"
    );
    CHECK(open.exit_code == kDone);
    CHECK(open.out == "COUNT(*)\n0\n");
    CHECK(has(open.errors, "rolled back"));
    CHECK(count() == "n\n1\n");

    const Called failed =
        both.mosaic({"sql"}, "BEGIN;\nDELETE FROM words WHERE id = 1;\nnonsense;\nCOMMIT");
    CHECK(failed.exit_code == kFailed);
    CHECK(has(failed.errors, "standard input:3: MO-"));
    CHECK(count() == "n\n1\n");
}

TEST_CASE("a write over shards needs --best-effort, and says when only some did it", "[sql]") {
    Both both;
    const std::string insert =
        "INSERT INTO words VALUES (1,'a'),(2,'b'),(3,'c'),(4,'d'),(5,'e'),(6,'f'),(7,'g'),(8,'h')";
    const Called refused = both.sql(insert);
    CHECK(refused.exit_code == kFailed);
    CHECK(has(refused.errors, "MO-4001"));
    CHECK(has(refused.errors, "--best-effort"));
    CHECK(both.sql(insert, {"--best-effort"}).exit_code == kDone);
    CHECK(both.sql("SELECT COUNT(*) AS n FROM words").out == "n\n8\n");

    std::string rows;
    for (int id = 20; id < 60; ++id)
        rows += (rows.empty() ? "(" : ",(") + std::to_string(id) + ",'new')";
    const std::string taken = "INSERT INTO words VALUES " + rows;
    const std::string& last = both.cluster().topology().shard(ShardId{3}).name;
    must(run(*both.cluster().connect(ShardId{3}), taken, last));
    const Called partial = both.sql(taken, {"--best-effort"});
    CHECK(partial.exit_code == kPartial);
    CHECK(has(partial.errors, "MO-4002"));
    CHECK(has(partial.errors, last));

    must(both.cluster().servers().server(1).kill9());
    const Called unsent = both.sql("UPDATE words SET word = 'x'", {"--best-effort"});
    CHECK(unsent.exit_code == kFailed);
    CHECK(has(unsent.errors, "MO-2001"));
}

TEST_CASE("MOSAIC_CONFIG names the configuration, unless --config does", "[sql]") {
    Both both;
    const std::string none = "MOSAIC_CONFIG=/nowhere/mosaic.yaml";
    const std::string good = "MOSAIC_CONFIG=" + both.cluster().config().string();
    const auto sql = [&](const std::string& environment, std::vector<std::string> words) {
        words.insert(words.begin(), {"env", environment});
        return both.shell().wait_for(both.shell().start(words));
    };
    CHECK(sql(none, both.command({"sql", "-e", "SELECT 1 AS a"})).out == "a\n1\n");
    CHECK(sql(good, {MOSAIC_TOOL, "sql", "-e", "SELECT 1 AS a"}).out == "a\n1\n");
    const Called missing = sql(none, {MOSAIC_TOOL, "sql", "-e", "SELECT 1 AS a"});
    CHECK(missing.exit_code == kUsage);
    CHECK(has(missing.errors, "/nowhere/mosaic.yaml"));
}

TEST_CASE("--timeout bounds each statement", "[sql]") {
    Both both;
    must(both.cluster().servers().server(0).pause());
    const auto begin = std::chrono::steady_clock::now();
    const Called called = both.sql("SELECT COUNT(*) FROM words", {"--timeout", "1"});
    CHECK(called.exit_code == kFailed);
    CHECK(called.errors.starts_with("MO-"));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(15));
    must(both.cluster().servers().server(0).resume());
}

TEST_CASE("many rows are printed as they come", "[sql]") {
    constexpr int kRows = 200'000;
    Both both;
    both.fill_words();
    for (const std::string format : {"tsv", "json"}) {
        CAPTURE(format);
        const Called called = both.sql("SELECT * FROM words ORDER BY id", {"--format", format});
        CHECK(called.exit_code == kDone);
        const auto lines = std::count(called.out.begin(), called.out.end(), '\n');
        CHECK(lines == kRows + (format == "tsv" ? 1 : 0));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        CHECK(called.out.size() > 80'000'000);
        CHECK(called.resident_kib < 40 * 1024);
#endif
    }
    // A reader that has seen enough is no error worth a word.
    const std::vector<std::string> words = both.command({"sql", "-e", "SELECT id FROM words"});
    std::string line;
    for (const std::string& word : words) line += "'" + word + "' ";
    const Called head =
        both.shell().wait_for(both.shell().start({"sh", "-c", line + "| head -n 1"}));
    CHECK(head.out == "id\n");
    CHECK(head.errors.empty());
}

TEST_CASE("Ctrl-C ends a statement with exit code 130", "[sql]") {
    Both both;
    both.insert("notes", "(1, 'held')");
    const auto holder = both.cluster().connect(ShardId{0});
    const std::string schema = both.cluster().topology().shard(ShardId{0}).name;
    must(run(*holder, "BEGIN", schema));
    must(run(*holder, "SELECT * FROM notes WHERE id = 1 FOR UPDATE"));
    const pid_t pid = both.shell().start(
        both.command({"sql", "-e", "BEGIN; UPDATE notes SET body = 'changed' WHERE id = 1; COMMIT"})
    );
    const auto watcher = both.cluster().connect(ShardId{0});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (
        !has(must(run(*watcher, "SELECT INFO FROM information_schema.PROCESSLIST")), "'changed'") &&
        std::chrono::steady_clock::now() < deadline
    )
        std::this_thread::sleep_for(std::chrono::milliseconds(20));

    ::kill(pid, SIGINT);

    const Called called = both.shell().wait_for(pid);
    CHECK(called.exit_code == kInterrupted);
    CHECK(has(called.errors, "MO-2004"));
    must(run(*holder, "COMMIT"));
    CHECK(both.sql("SELECT body FROM notes").out == "body\nheld\n");
}

TEST_CASE("a prompt takes statements over several lines and survives errors", "[sql]") {
    Both both;
    both.insert("words", "(1, 'one'), (2, 'two')");
    Terminal terminal(both.command({"sql"}));
    terminal.until("app> ");
    terminal.type("SELECT id, word\n");
    terminal.until("  -> ");
    terminal.type("FROM words ORDER BY id;\n");
    CHECK(has(terminal.until("2 rows ("), "|  1 | one  |"));
    terminal.until("app> ");
    terminal.type("SELECT 1 +;\n");
    terminal.until("MO-3001");
    terminal.until("app> ");
    terminal.type("BEGIN; UPDATE words SET word = 'x' WHERE id = 1;\n");
    terminal.until("1 row changed");
    terminal.until("app*> ");
    terminal.type("SELECT (\n");
    terminal.until("  -> ");
    terminal.type("\x03");
    terminal.until("app*> ");
    terminal.type("SELECT word FROM words WHERE id = 3;\n");
    terminal.until("MO-4004");
    terminal.until("app*> ");
    terminal.type("exit\n");
    terminal.until("rolled back");
    CHECK(terminal.exit_code() == kDone);
    CHECK(both.sql("SELECT word FROM words WHERE id = 1").out == "word\none\n");

    Terminal left(both.command({"sql"}));
    left.until("app> ");
    left.type("\x03");
    left.until("Ctrl-C once more");
    left.until("app> ");
    left.type("\x03");
    CHECK(left.exit_code() == kInterrupted);

    Terminal ended(both.command({"sql"}));
    ended.until("app> ");
    ended.type("\x04");
    CHECK(ended.exit_code() == kDone);
}

TEST_CASE("explain tells the route, what is sent, the merge, and why not", "[sql]") {
    Both both;
    const Called one = both.mosaic({"explain", "SELECT word FROM words WHERE id = 1"});
    CHECK(one.exit_code == kDone);
    CHECK(has(one.out, "level  1, as written\nroute  one(app_0"));
    CHECK(has(one.out, "words.id = 1 -> bucket "));
    const Called all = both.mosaic({"explain", "-e", "SELECT COUNT(*) FROM words"});
    CHECK(has(all.out, "route  all(4)  words.id is not bound\n"));
    CHECK(has(all.out, "FROM <shard>.`words`\nmerge  "));

    const json parts =
        json::parse(both.mosaic({"explain", "SELECT COUNT(*) FROM words", "--format", "json"}).out);
    CHECK(parts["level"] == 2);
    CHECK(parts["route"] == "all");
    CHECK(parts["shards"] == json({"app_00", "app_01", "app_02", "app_03"}));
    REQUIRE(parts["send"].size() == 4);
    CHECK(parts["send"][2]["shard"] == "app_02");
    CHECK(has(parts["send"][2]["sql"], "FROM `app_02`.`words`"));
    CHECK(has(parts["merge"], "aggregate(count("));
    CHECK_FALSE(parts.contains("error"));
    const json insert = json::parse(
        both.mosaic({"explain", "INSERT INTO words VALUES (1, 'a')", "--format", "json"}).out
    );
    CHECK(insert["level"] == 1);
    CHECK(insert["send"].size() == 1);

    const std::string locking = "SELECT word FROM words FOR UPDATE";
    const Called refused = both.mosaic({"explain", locking});
    CHECK(refused.exit_code == kFailed);
    CHECK(has(refused.out, "error  MO-3211 "));
    const Called refused_json = both.mosaic({"explain", locking, "--format", "json"});
    CHECK(refused_json.exit_code == kFailed);
    CHECK(json::parse(refused_json.out)["error"]["id"] == "MO-3211");
    const json analyzed = json::parse(
        both.mosaic({"explain", "--analyze", "--format", "json", "SELECT COUNT(*) FROM words"}).out
    );
    CHECK(analyzed["took"].size() == 5);
    CHECK(analyzed["took"].back()["rows"] == 1);
    CHECK(both.mosaic({"explain", "--analyze", "DELETE FROM words WHERE id = 1"}).exit_code == 1);
    const Called wrong = both.mosaic({"explain", "SELECT word FROM"});
    CHECK(wrong.exit_code == kFailed);
    CHECK(wrong.errors.starts_with("MO-3001 "));
    CHECK(both.mosaic({"explain"}).exit_code == kUsage);
    CHECK(both.mosaic({"explain", "-e", "SELECT 1", "SELECT 2"}).exit_code == kUsage);
}
