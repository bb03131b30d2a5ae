// What is read is printed so that it is read as the same tree, under each syntax; whatever the bytes.
// Built with the preset `fuzz`; run:
//   tests/fuzz/make_corpus /var/tmp/corpus
//   build/fuzz/bin/sql_fuzz -max_total_time=600 -dict=tests/fuzz/sql.dict /var/tmp/corpus
#include "sql/arena.h"
#include "sql/comments.h"
#include "sql/parser.h"
#include "sql/printer.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace mosaic;

sql::Syntax syntax_of(unsigned bits) {
    sql::Syntax syntax;
    syntax.ansi_quotes = (bits & 1) != 0;
    syntax.no_backslash_escapes = (bits & 2) != 0;
    syntax.pipes_as_concat = (bits & 4) != 0;
    syntax.high_not_precedence = (bits & 8) != 0;
    syntax.is_mariadb = (bits & 16) == 0;
    return syntax;
}

[[noreturn]] void fail(const char* what, std::string_view text) {
    std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(text.size()), text.data());
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const sql::Syntax syntax = syntax_of(data[0]);
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    static_cast<void>(sql::split_statements(text, syntax));
    static_cast<void>(sql::without_executable_comments(text, syntax));
    sql::Arena arena;
    const auto first = sql::parse(text, syntax, arena);
    if (!first.ok())
        return 0;
    sql::PrintOptions options;
    options.backslash =
        syntax.no_backslash_escapes ? Backslash::kIsLiteral : Backslash::kEscapes;
    options.pipes_as_concat = syntax.pipes_as_concat;
    options.high_not_precedence = syntax.high_not_precedence;
    const std::string printed = sql::print(**first, options).text;
    sql::Arena other;
    const auto second = sql::parse(printed, syntax, other);
    if (!second.ok())
        fail("what was printed is not read", printed);
    if (!sql::equal(**first, **second))
        fail("what was printed is read as another tree", printed);
    return 0;
}
