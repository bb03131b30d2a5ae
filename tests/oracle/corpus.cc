#include "corpus.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <utility>

namespace mosaic::oracle {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string upper(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return result;
}

/// A word and where it stands.
struct Word {
    std::string text;  ///< Upper case.
    std::size_t begin = 0;
};

std::size_t end_of_quoted(std::string_view text, std::size_t begin) {
    const char quote = text[begin];
    for (std::size_t i = begin + 1; i < text.size(); ++i) {
        if (text[i] == '\\' && quote != '`')
            ++i;
        else if (text[i] == quote)
            return i + 1;
    }
    return text.size();
}

bool is_word_part(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::vector<Word> words_outside(std::string_view text) {
    std::vector<Word> words;
    int depth = 0;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (c == '\'' || c == '"' || c == '`') {
            i = end_of_quoted(text, i);
            continue;
        }
        if (c == '(' || c == ')')
            depth += c == '(' ? 1 : -1;
        if (!is_word_part(c)) {
            ++i;
            continue;
        }
        const std::size_t begin = i;
        while (i < text.size() && is_word_part(text[i])) ++i;
        if (depth == 0)
            words.push_back({upper(text.substr(begin, i - begin)), begin});
    }
    return words;
}

bool is_write(std::string_view first_word) {
    return first_word == "INSERT" || first_word == "REPLACE" || first_word == "UPDATE" ||
           first_word == "DELETE";
}

/// Splits at commas outside quotes.
std::vector<std::string> list_of(std::string_view text) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size();) {
        if (i < text.size() && text[i] == '\'') {
            i = end_of_quoted(text, i);
            continue;
        }
        if (i == text.size() || text[i] == ',') {
            parts.emplace_back(trimmed(text.substr(begin, i - begin)));
            begin = i + 1;
        }
        ++i;
    }
    return parts;
}

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::string text_of_literal(std::string_view literal) {
    std::string text;
    for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
        if (literal[i] == '\\' || (literal[i] == '\'' && literal[i + 1] == '\''))
            ++i;
        text += literal[i];
    }
    return text;
}

std::optional<Value> bytes_of_literal(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        unsigned byte = 0;
        const char* begin = digits.data() + i;
        if (std::from_chars(begin, begin + 2, byte, 16).ptr != begin + 2)
            return std::nullopt;
        bytes += static_cast<char>(byte);
    }
    return Value::bytes(bytes);
}

std::optional<Value> value_of_literal(std::string_view literal) {
    if (upper(literal) == "NULL")
        return Value();
    if (literal.size() >= 2 && literal.front() == '\'' && literal.back() == '\'')
        return Value(text_of_literal(literal));
    if (literal.size() >= 3 && literal.starts_with("x'") && literal.back() == '\'')
        return bytes_of_literal(literal.substr(2, literal.size() - 3));
    std::int64_t number = 0;
    if (parse_number(literal, number))
        return Value(number);
    std::uint64_t big = 0;
    if (parse_number(literal, big))
        return Value(big);
    double real = 0;
    if (!parse_number(literal, real))
        return std::nullopt;
    if (literal.find_first_of("eE") != std::string_view::npos)
        return Value(real);
    return Value::decimal(std::string(literal));
}

/// Reads one file. A case is open from its last statement line to the next statement.
class Reader {
public:
    Reader(const std::filesystem::path& file, Dialect dialect)
        : name_(file.filename().string()), dialect_(dialect) {}

    absl::Status read(std::istream& in);

    std::vector<Case> take() { return std::move(cases_); }

private:
    absl::Status read_line(std::string_view line);
    absl::Status read_note(std::string_view note);
    absl::Status read_columns(std::string_view text, std::vector<std::size_t>& columns) const;
    absl::Status read_values(std::string_view text);
    absl::Status read_order(std::string_view text);
    absl::Status read_collation(std::string_view text);
    absl::Status read_errors(std::string_view text);
    void begin_case();
    absl::Status end_case();
    absl::Status derive_order();
    [[nodiscard]] absl::Status mistake(std::string_view what) const;

    std::string name_;
    Dialect dialect_;
    int line_ = 0;
    int first_line_ = 0;
    std::string comment_;
    std::string statement_;
    bool is_open_ = false;
    bool is_for_us_ = true;
    bool has_order_ = false;
    Case case_;
    std::vector<Case> cases_;
};

absl::Status Reader::mistake(std::string_view what) const {
    return absl::InvalidArgumentError(absl::StrFormat("%s:%d: %s", name_, line_, what));
}

absl::Status Reader::read(std::istream& in) {
    std::string line;
    while (std::getline(in, line)) {
        ++line_;
        MOSAIC_RETURN_IF_ERROR(read_line(line));
    }
    if (!statement_.empty())
        return mistake("the last statement does not end with ;");
    return end_case();
}

absl::Status Reader::read_line(std::string_view line) {
    const std::string_view text = trimmed(line);
    if (statement_.empty()) {
        if (text.empty())
            return absl::OkStatus();
        if (text.starts_with("--"))
            return read_note(trimmed(text.substr(2)));
        MOSAIC_RETURN_IF_ERROR(end_case());
        if (text.starts_with("#")) {
            comment_ += (comment_.empty() ? "" : " ") + std::string(trimmed(text.substr(1)));
            return absl::OkStatus();
        }
        first_line_ = line_;
    }
    // Blanks at the end of a line are kept inside a statement: a literal may go on.
    statement_ += (statement_.empty() ? "" : "\n") + std::string(line);
    if (text.ends_with(";"))
        begin_case();
    return absl::OkStatus();
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

void Reader::begin_case() {
    case_ = Case();
    is_for_us_ = true;
    has_order_ = false;
    is_open_ = true;
    case_.where = absl::StrFormat("%s:%d", name_, first_line_);
    case_.comment = std::exchange(comment_, {});
    case_.sql = statement_.substr(0, statement_.rfind(';'));
    statement_.clear();
    const bool is_mariadb = dialect_ == Dialect::kMariaDb;
    replace_all(case_.sql, "${nopad_bin}", is_mariadb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin");
    replace_all(
        case_.sql, "${nopad_ci}", is_mariadb ? "utf8mb4_unicode_520_nopad_ci" : "utf8mb4_0900_ai_ci"
    );
    const std::vector<std::string> words = outer_words(case_.sql);
    if (!words.empty() && is_write(words.front()))
        case_.written_table = table_of(case_.sql);
}

absl::Status Reader::end_case() {
    if (!std::exchange(is_open_, false))
        return absl::OkStatus();
    if (!is_for_us_)
        return absl::OkStatus();
    if (!has_order_)
        MOSAIC_RETURN_IF_ERROR(derive_order());
    cases_.push_back(std::move(case_));
    return absl::OkStatus();
}

// `ORDER BY 2 DESC, 1` says its columns itself.
absl::Status Reader::derive_order() {
    const std::vector<Word> words = words_outside(case_.sql);
    std::size_t at = words.size();
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i].text == "ORDER" && words[i + 1].text == "BY")
            at = i + 2;
    }
    if (at == words.size() || !case_.written_table.empty())
        return absl::OkStatus();
    case_.order.kind = Order::Kind::kColumns;
    for (; at < words.size() && words[at].text != "LIMIT"; ++at) {
        if (words[at].text == "DESC" || words[at].text == "ASC")
            continue;
        std::size_t column = 0;
        if (!parse_number(words[at].text, column) || column == 0)
            return mistake(case_.where + " orders by no position; say `-- order:`");
        case_.order.columns.push_back(column - 1);
    }
    return absl::OkStatus();
}

absl::Status Reader::read_note(std::string_view note) {
    if (!is_open_)
        return mistake("a note without a statement before it");
    const std::size_t colon = note.find(':');
    const std::string_view word = trimmed(note.substr(0, colon));
    const std::string_view rest =
        colon == std::string_view::npos ? std::string_view() : trimmed(note.substr(colon + 1));
    if (word == "bind")
        return read_values(rest);
    if (word == "order")
        return read_order(rest);
    if (word == "ci")
        return read_collation(rest);
    if (word == "approx")
        return read_columns(rest, case_.approximate);
    if (word == "computed")
        return read_columns(rest, case_.computed);
    if (word == "error")
        return read_errors(rest);
    if (word == "refused")
        case_.refusals = list_of(rest);
    else if (word == "best effort")
        case_.is_best_effort = true;
    else if (word == "partial")
        case_.may_be_partial = true;
    else if (word == "cleanup")
        case_.is_cleanup = true;
    else if (word == "warnings")
        case_.may_warn_otherwise = true;
    else if (word == "session")
        case_.session = rest;
    else if (word == "only" && (rest == "mariadb" || rest == "mysql"))
        is_for_us_ = (rest == "mariadb") == (dialect_ == Dialect::kMariaDb);
    else
        return mistake("unknown note: " + std::string(note));
    return absl::OkStatus();
}

absl::Status Reader::read_values(std::string_view text) {
    for (const std::string& literal : list_of(text)) {
        std::optional<Value> value = value_of_literal(literal);
        if (!value)
            return mistake("no value: " + literal);
        case_.values.push_back({*std::move(value), literal});
    }
    return absl::OkStatus();
}

absl::Status Reader::read_columns(std::string_view text, std::vector<std::size_t>& columns) const {
    for (const std::string& part : list_of(text)) {
        std::size_t column = 0;
        if (!parse_number(part, column) || column == 0)
            return mistake("no column number: " + part);
        columns.push_back(column - 1);
    }
    return absl::OkStatus();
}

absl::Status Reader::read_order(std::string_view text) {
    has_order_ = true;
    if (text == "exact" || text == "none") {
        case_.order.kind = text == "exact" ? Order::Kind::kExact : Order::Kind::kNone;
        return absl::OkStatus();
    }
    case_.order.kind = Order::Kind::kColumns;
    return read_columns(text, case_.order.columns);
}

absl::Status Reader::read_collation(std::string_view text) {
    const std::size_t blank = text.find(' ');
    std::size_t column = 0;
    if (blank == std::string_view::npos || !parse_number(text.substr(0, blank), column) ||
        column == 0)
        return mistake("ci wants a column number and a collation");
    std::string collation(trimmed(text.substr(blank)));
    if (collation == "${nopad_ci}")
        collation =
            dialect_ == Dialect::kMariaDb ? "utf8mb4_unicode_520_nopad_ci" : "utf8mb4_0900_ai_ci";
    case_.collations[column - 1] = std::move(collation);
    return absl::OkStatus();
}

absl::Status Reader::read_errors(std::string_view text) {
    for (const std::string& part : list_of(text)) {
        int number = 0;
        if (!parse_number(part, number))
            return mistake("no error number: " + part);
        case_.errors.push_back(number);
    }
    return absl::OkStatus();
}

}  // namespace

std::vector<std::string> outer_words(std::string_view statement) {
    std::vector<std::string> result;
    for (Word& word : words_outside(statement)) result.push_back(std::move(word.text));
    return result;
}

std::string table_of(std::string_view statement) {
    for (const Word& word : words_outside(statement)) {
        if (word.text != "INTO" && word.text != "FROM" && word.text != "TABLE" &&
            word.text != "UPDATE")
            continue;
        std::size_t begin = statement.find_first_not_of(" \n`", word.begin + word.text.size());
        std::size_t end = begin;
        while (end < statement.size() && (is_word_part(statement[end]) || statement[end] == '.'))
            ++end;
        const std::string_view name = statement.substr(begin, end - begin);
        return std::string(name.substr(name.rfind('.') + 1));
    }
    return {};
}

std::optional<std::string> without_limit(std::string_view statement) {
    const std::vector<Word> words = words_outside(statement);
    for (auto word = words.rbegin(); word != words.rend(); ++word) {
        if (word->text == "LIMIT")
            return std::string(statement.substr(0, word->begin));
    }
    return std::nullopt;
}

absl::StatusOr<std::vector<Case>> read_cases(const std::filesystem::path& file, Dialect dialect) {
    std::ifstream in(file);
    if (!in)
        return absl::NotFoundError("cannot read " + file.string());
    Reader reader(file, dialect);
    MOSAIC_RETURN_IF_ERROR(reader.read(in));
    return reader.take();
}

}  // namespace mosaic::oracle
