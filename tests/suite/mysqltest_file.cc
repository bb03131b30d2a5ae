#include "mysqltest_file.h"

#include "sql/lexer.h"

#include <algorithm>

namespace mosaic::suite {
namespace {

// Commands that may stand without `--`, up to the delimiter.
constexpr std::string_view kCommands[] = {
    "append_file",
    "assert",
    "break",
    "cat_file",
    "change_user",
    "character_set",
    "chmod",
    "connect",
    "connection",
    "copy_file",
    "dec",
    "delimiter",
    "die",
    "diff_files",
    "dirty_close",
    "disconnect",
    "echo",
    "end",
    "error",
    "eval",
    "evalp",
    "exec",
    "exit",
    "file_exists",
    "force-cpdir",
    "force-rmdir",
    "horizontal_results",
    "if",
    "inc",
    "let",
    "list_files",
    "mkdir",
    "move_file",
    "output",
    "perl",
    "ping",
    "query",
    "query_get_value",
    "query_horizontal",
    "query_vertical",
    "real_sleep",
    "reap",
    "remove_file",
    "remove_files_wildcard",
    "replace_column",
    "replace_regex",
    "replace_result",
    "require",
    "reset_connection",
    "result",
    "result_format",
    "rmdir",
    "save_master_pos",
    "send",
    "send_eval",
    "send_quit",
    "send_shutdown",
    "shutdown_server",
    "skip",
    "sleep",
    "sorted_result",
    "source",
    "sync_slave_with_master",
    "sync_with_master",
    "system",
    "vertical_results",
    "wait_for_slave_to_stop",
    "while",
    "write_file",
    "write_line",
};

std::string_view first_word(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && (sql::is_word_byte(text[end]) || text[end] == '-')) ++end;
    return text.substr(0, end);
}

bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::string_view without_end(std::string_view text, std::string_view end) {
    return text.size() > end.size() && text.ends_with(end)
               ? text.substr(0, text.size() - end.size())
               : text;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return lower;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
        std::size_t end = 0;
        while (end < text.size() && !is_blank(text[end])) ++end;
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return words;
}

bool is_command(std::string_view word) {
    const std::string lower = lower_case(word);
    return lower.starts_with("enable_") || lower.starts_with("disable_") ||
           std::find(std::begin(kCommands), std::end(kCommands), lower) != std::end(kCommands);
}

/// Goes through one file.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::vector<std::string> read() {
        while (at_ < text_.size()) step();
        return std::move(statements_);
    }

private:
    void step() {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
        const std::string_view rest = text_.substr(at_);
        if (rest.empty())
            return;
        if (rest.front() == '#') {
            line();
        } else if (rest.starts_with("--")) {
            run(line().substr(2));
        } else if (rest.front() == '}') {
            ++at_;
        } else {
            const std::string_view word = first_word(rest);
            if (word == "if" || word == "while")
                at_ = std::min(rest.find('{'), rest.find('\n')) < rest.size()
                          ? at_ + std::min(rest.find('{'), rest.size() - 1) + 1
                          : text_.size();
            else if (const std::string_view one = to_delimiter(); is_command(word))
                run(one);
            else
                statements_.emplace_back(one);
        }
    }

    std::string_view line() {
        const std::size_t begin = at_;
        at_ = std::min(text_.find('\n', at_), text_.size());
        return text_.substr(begin, at_ - begin);
    }

    // Up to the delimiter outside of quotes.
    std::string_view to_delimiter() {
        const std::size_t begin = at_;
        char quote = '\0';
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (quote != '\0') {
                if (c == '\\' && quote != '`')
                    ++at_;
                else if (c == quote)
                    quote = '\0';
            } else if (text_.substr(at_).starts_with(delimiter_)) {
                break;
            } else if (c == '\'' || c == '"' || c == '`') {
                quote = c;
            } else if (c == '#' && text_[at_ - 1] == '\n') {
                line();
            }
        }
        const std::size_t end = std::min(at_, text_.size());
        at_ = std::min(end + delimiter_.size(), text_.size());
        return trimmed(text_.substr(begin, end - begin));
    }

    // A command: the delimiter, and what is followed by lines that are no statements.
    void run(std::string_view command) {
        const std::vector<std::string_view> words = words_of(command);
        if (words.empty())
            return;
        const std::string name = lower_case(words[0]);
        if (name == "delimiter" && words.size() > 1)
            delimiter_ = without_end(words[1], delimiter_);
        if (name == "exit" || name == "exit;")
            at_ = text_.size();
        if (name.starts_with("write_file") || name.starts_with("append_file") ||
            name.starts_with("perl")) {
            const bool is_perl = name.starts_with("perl");
            const std::size_t marker = is_perl ? 1 : 2;
            const std::string_view end =
                words.size() > marker ? without_end(words[marker], ";") : "EOF";
            line();
            while (at_ < text_.size()) {
                ++at_;
                if (trimmed(line()) == end)
                    break;
            }
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string_view delimiter_ = ";";
    std::vector<std::string> statements_;
};

}  // namespace

std::vector<std::string> statements_of(std::string_view file) {
    return Reader(file).read();
}

bool is_on_rows(std::string_view statement) {
    const sql::Syntax syntax;
    sql::Lexer lexer(statement, syntax);
    sql::Token token = lexer.next();
    while (token.terminal == "(") token = lexer.next();
    for (const sql::Terminal word :
         {sql::Terminal("SELECT"),
          sql::Terminal("WITH"),
          sql::Terminal("INSERT"),
          sql::Terminal("REPLACE"),
          sql::Terminal("UPDATE"),
          sql::Terminal("DELETE")}) {
        if (token.terminal == word)
            return true;
    }
    return false;
}

}  // namespace mosaic::suite
