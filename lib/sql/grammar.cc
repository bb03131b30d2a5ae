#include "sql/grammar.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <string>

namespace mosaic::sql {
namespace {

constexpr std::string_view kReserved[] = {
    "ACCESSIBLE",
    "ADD",
    "ALL",
    "ALTER",
    "ANALYZE",
    "AND",
    "AS",
    "ASC",
    "ASENSITIVE",
    "BEFORE",
    "BETWEEN",
    "BIGINT",
    "BINARY",
    "BLOB",
    "BOTH",
    "BY",
    "CALL",
    "CASCADE",
    "CASE",
    "CHANGE",
    "CHAR",
    "CHARACTER",
    "CHECK",
    "COLLATE",
    "COLUMN",
    "CONDITION",
    "CONSTRAINT",
    "CONTINUE",
    "CONVERT",
    "CREATE",
    "CROSS",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "CURSOR",
    "DATABASE",
    "DATABASES",
    "DAY_HOUR",
    "DAY_MICROSECOND",
    "DAY_MINUTE",
    "DAY_SECOND",
    "DEC",
    "DECIMAL",
    "DECLARE",
    "DEFAULT",
    "DELAYED",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DETERMINISTIC",
    "DISTINCT",
    "DISTINCTROW",
    "DIV",
    "DOUBLE",
    "DROP",
    "DUAL",
    "EACH",
    "ELSE",
    "ELSEIF",
    "ENCLOSED",
    "ESCAPED",
    "EXCEPT",
    "EXISTS",
    "EXIT",
    "EXPLAIN",
    "FALSE",
    "FETCH",
    "FLOAT",
    "FOR",
    "FORCE",
    "FOREIGN",
    "FROM",
    "FULLTEXT",
    "GRANT",
    "GROUP",
    "HAVING",
    "HIGH_PRIORITY",
    "HOUR_MICROSECOND",
    "HOUR_MINUTE",
    "HOUR_SECOND",
    "IF",
    "IGNORE",
    "IN",
    "INDEX",
    "INFILE",
    "INNER",
    "INOUT",
    "INSENSITIVE",
    "INSERT",
    "INT",
    "INTEGER",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "ITERATE",
    "JOIN",
    "KEY",
    "KEYS",
    "KILL",
    "LEADING",
    "LEAVE",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LINEAR",
    "LINES",
    "LOAD",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "LOCK",
    "LONG",
    "LONGBLOB",
    "LONGTEXT",
    "LOOP",
    "LOW_PRIORITY",
    "MATCH",
    "MAXVALUE",
    "MEDIUMBLOB",
    "MEDIUMINT",
    "MEDIUMTEXT",
    "MINUTE_MICROSECOND",
    "MINUTE_SECOND",
    "MOD",
    "MODIFIES",
    "NATURAL",
    "NOT",
    "NULL",
    "NUMERIC",
    "OFFSET",
    "ON",
    "OPTIMIZE",
    "OPTION",
    "OPTIONALLY",
    "OR",
    "ORDER",
    "OUT",
    "OUTER",
    "OUTFILE",
    "OVER",
    "PARTITION",
    "PRECISION",
    "PRIMARY",
    "PROCEDURE",
    "PURGE",
    "RANGE",
    "READ",
    "READS",
    "REAL",
    "RECURSIVE",
    "REFERENCES",
    "REGEXP",
    "RELEASE",
    "RENAME",
    "REPEAT",
    "REPLACE",
    "REQUIRE",
    "RESIGNAL",
    "RESTRICT",
    "RETURN",
    "RETURNING",
    "REVOKE",
    "RIGHT",
    "RLIKE",
    "ROWS",
    "SCHEMA",
    "SCHEMAS",
    "SECOND_MICROSECOND",
    "SELECT",
    "SENSITIVE",
    "SEPARATOR",
    "SET",
    "SHOW",
    "SIGNAL",
    "SMALLINT",
    "SPATIAL",
    "SPECIFIC",
    "SQL",
    "SQLEXCEPTION",
    "SQLSTATE",
    "SQLWARNING",
    "SQL_BIG_RESULT",
    "SQL_CALC_FOUND_ROWS",
    "SQL_SMALL_RESULT",
    "SSL",
    "STARTING",
    "STRAIGHT_JOIN",
    "TABLE",
    "TERMINATED",
    "THEN",
    "TINYBLOB",
    "TINYINT",
    "TINYTEXT",
    "TO",
    "TRAILING",
    "TRIGGER",
    "TRUE",
    "UNDO",
    "UNION",
    "UNIQUE",
    "UNLOCK",
    "UNSIGNED",
    "UPDATE",
    "USAGE",
    "USE",
    "USING",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
    "VALUES",
    "VARBINARY",
    "VARCHAR",
    "VARCHARACTER",
    "VARYING",
    "WHEN",
    "WHERE",
    "WHILE",
    "WINDOW",
    "WITH",
    "WRITE",
    "XOR",
    "YEAR_MONTH",
    "ZEROFILL",
};

// What stands at a token, for a message.
std::string shown(const Token& token) {
    if (token.kind == TokenKind::kEnd)
        return "the end";
    constexpr std::size_t kShown = 30;
    return "`" + std::string(token.text.substr(0, kShown)) +
           (token.text.size() > kShown ? ".." : "") + "`";
}

}  // namespace

bool is_reserved(std::string_view word) {
    constexpr std::size_t kLongest = 20;
    if (word.size() > kLongest || word.size() < 2)
        return false;
    char upper[kLongest];
    std::transform(word.begin(), word.end(), upper, [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return std::binary_search(
        std::begin(kReserved), std::end(kReserved), std::string_view(upper, word.size())
    );
}

Grammar::Grammar(std::string_view text, const Syntax& syntax, Arena& arena)
    : text_(text), syntax_(syntax), arena_(arena), lexer_(text, syntax) {}

const Token& Grammar::peek(std::size_t ahead) {
    while (ahead_count_ <= ahead) {
        ahead_[(ahead_begin_ + ahead_count_) % ahead_.size()] = lexer_.next();
        ++ahead_count_;
    }
    return ahead_[(ahead_begin_ + ahead) % ahead_.size()];
}

Token Grammar::take() {
    const Token token = peek();
    if (token.kind == TokenKind::kEnd || token.kind == TokenKind::kBad)
        return token;
    ahead_begin_ = (ahead_begin_ + 1) % ahead_.size();
    --ahead_count_;
    last_end_ = token.end;
    return token;
}

bool Grammar::at_word(std::string_view upper, std::size_t ahead) {
    const Token& token = peek(ahead);
    return token.kind == TokenKind::kWord && same_word(token.text, upper);
}

bool Grammar::at_symbol(std::string_view symbol, std::size_t ahead) {
    const Token& token = peek(ahead);
    return token.kind == TokenKind::kSymbol && token.text == symbol;
}

bool Grammar::accept_word(std::string_view upper) {
    if (!at_word(upper))
        return false;
    take();
    return true;
}

bool Grammar::accept_symbol(std::string_view symbol) {
    if (!at_symbol(symbol))
        return false;
    take();
    return true;
}

bool Grammar::expect_word(std::string_view upper) {
    if (accept_word(upper))
        return true;
    fail(upper);
    return false;
}

bool Grammar::expect_symbol(std::string_view symbol) {
    if (accept_symbol(symbol))
        return true;
    fail(std::string("`") + std::string(symbol) + "`");
    return false;
}

std::nullptr_t Grammar::fail(std::string_view expected) {
    if (!status_.ok())
        return nullptr;
    const Token& token = peek();
    const std::string_view before = text_.substr(0, token.begin);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto line_begin =
        before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    ErrorDetail detail;
    detail.mysql_errno = 1064;
    detail.sqlstate = "42000";
    detail.outcome = Outcome::kNotSent;
    const std::string where = absl::StrFormat(
        "parse statement: line %d column %d: ", line, before.size() - line_begin + 1
    );
    if (token.kind == TokenKind::kBad) {
        status_ = make_error(
            errors::kParseSyntax, absl::StrFormat("%sfound %s", where, lexer_.problem()), detail
        );
    } else {
        status_ = make_error(
            errors::kParseSyntax,
            absl::StrFormat("%sfound %s, expected %s", where, shown(token), expected),
            detail
        );
    }
    return nullptr;
}

std::nullptr_t Grammar::unsupported(std::string_view what) {
    if (!status_.ok())
        return nullptr;
    ErrorDetail detail;
    detail.outcome = Outcome::kNotSent;
    status_ = make_error(
        errors::kParseUnsupported,
        absl::StrFormat(
            "parse statement: %s near %s is not of our grammar; send it to one shard with at()",
            what,
            shown(peek())
        ),
        detail
    );
    return nullptr;
}

std::nullptr_t Grammar::too_deep(std::string_view what) {
    if (!status_.ok())
        return nullptr;
    ErrorDetail detail;
    detail.outcome = Outcome::kNotSent;
    status_ = make_error(
        errors::kParseTooDeep,
        absl::StrFormat(
            "parse statement: %s (%d levels, or %d operators in a row, at most); write lists as IN "
            "(..)",
            what,
            kParseDepthMax,
            kChainMax
        ),
        detail
    );
    return nullptr;
}

std::string_view Grammar::rest() {
    if (at_end())
        return {};
    const std::uint32_t begin = peek().begin;
    while (!at_end() && peek().kind != TokenKind::kBad &&
           !(at_symbol(";") && peek(1).kind == TokenKind::kEnd))
        take();
    return since(begin);
}

// A quoted text's or name's meaning: doubled quotes and escapes undone, in the arena when it
// differs.
std::string_view Grammar::text_value(std::string_view quoted) {
    const char quote = quoted.front();
    const std::string_view inner = quoted.substr(1, quoted.size() - 2);
    const bool has_escapes = quote != '`' && !syntax_.no_backslash_escapes;
    if (inner.find(quote) == std::string_view::npos &&
        (!has_escapes || inner.find('\\') == std::string_view::npos))
        return inner;
    std::string out;
    out.reserve(inner.size());
    for (std::size_t i = 0; i < inner.size(); ++i) {
        char c = inner[i];
        if (c == quote) {
            ++i;  // doubled
        } else if (c == '\\' && has_escapes && i + 1 < inner.size()) {
            c = inner[++i];
            switch (c) {
                case 'n':
                    c = '\n';
                    break;
                case 't':
                    c = '\t';
                    break;
                case 'r':
                    c = '\r';
                    break;
                case 'b':
                    c = '\b';
                    break;
                case '0':
                    c = '\0';
                    break;
                case 'Z':
                    c = '\x1a';
                    break;
                case '%':
                case '_':
                    out.push_back('\\');
                    break;
                default:
                    break;
            }
        }
        out.push_back(c);
    }
    return arena_.copy(std::string_view(out));
}

std::string_view Grammar::name_text(const Token& token) {
    return token.kind == TokenKind::kQuotedName ? text_value(token.text) : token.text;
}

bool Grammar::at_name(std::size_t ahead) {
    const Token& token = peek(ahead);
    return token.kind == TokenKind::kQuotedName ||
           (token.kind == TokenKind::kWord && !is_reserved(token.text));
}

std::optional<std::string_view> Grammar::name(std::string_view expected) {
    if (!at_name()) {
        fail(expected);
        return std::nullopt;
    }
    return name_text(take());
}

std::optional<std::string_view> Grammar::any_name(std::string_view expected) {
    const TokenKind kind = peek().kind;
    if (kind != TokenKind::kQuotedName && kind != TokenKind::kWord && kind != TokenKind::kInteger) {
        fail(expected);
        return std::nullopt;
    }
    return name_text(take());
}

bool Grammar::alias(std::string_view& out, bool may_be_text) {
    const bool has_as = accept_word("AS");
    if (at_name()) {
        out = name_text(take());
        return true;
    }
    if (may_be_text && peek().kind == TokenKind::kText) {
        out = text_value(take().text);
        return true;
    }
    if (has_as)
        fail("an alias");
    return !has_as;
}

bool Grammar::name_list(std::span<const std::string_view>& out) {
    std::vector<std::string_view> names;
    if (!expect_symbol("("))
        return false;
    do {
        const auto one = name("a name");
        if (!one)
            return false;
        names.push_back(*one);
    } while (accept_symbol(","));
    out = arena_.copy(names);
    return expect_symbol(")");
}

absl::StatusOr<const Statement*> parse(std::string_view text, const Syntax& syntax, Arena& arena) {
    Grammar grammar(text, syntax, arena);
    const Statement* statement = grammar.statement();
    if (statement == nullptr)
        return grammar.status();
    return statement;
}

}  // namespace mosaic::sql
