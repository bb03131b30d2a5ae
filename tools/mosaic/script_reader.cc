#include "script_reader.h"

#include "sql/lexer.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace mosaic::tool {
namespace {

constexpr std::string_view kCommand = "DELIMITER";
// Put behind what was read: whatever statement it falls in is not complete.
constexpr std::string_view kMark = "\x1F";

std::size_t lines_in(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

std::string ScriptReader::with_delimiter(std::string_view text) const {
    std::string out;
    if (delimiter_ != ";")
        out.append(kCommand).append(" ").append(delimiter_).append("\n");
    return out.append(text);
}

bool ScriptReader::is_pending() const {
    return !sql::split_statements(with_delimiter(pending_), syntax_).empty();
}

bool ScriptReader::take_delimiter(std::string_view line) {
    if (!sql::same_word(line.substr(0, kCommand.size()), kCommand) ||
        line.size() == kCommand.size() || sql::is_word_byte(line[kCommand.size()]) || is_pending())
        return false;
    delimiter_ = std::string(line.substr(kCommand.size()));
    absl::StripAsciiWhitespace(&delimiter_);
    if (delimiter_.empty())
        delimiter_ = ";";
    pending_.clear();
    return true;
}

void ScriptReader::add(std::string_view line) {
    ++lines_read_;
    if (take_delimiter(line))
        return;
    if (pending_.empty())
        pending_line_ = lines_read_;
    pending_ += line;
    if (line.find(delimiter_) != std::string_view::npos)
        cut();
}

void ScriptReader::cut() {
    std::string text = with_delimiter(pending_);
    const std::size_t prefix = text.size() - pending_.size();
    if (!text.ends_with('\n'))
        text += '\n';
    text += kMark;
    std::vector<std::string_view> statements = sql::split_statements(text, syntax_);
    const auto rest = static_cast<std::size_t>(statements.back().data() - text.data());
    statements.pop_back();
    take(statements, std::string_view(text).substr(prefix));
    pending_line_ += lines_in(std::string_view(text).substr(prefix, rest - prefix));
    pending_ = text.substr(rest, text.size() - rest - kMark.size());
    if (absl::StripAsciiWhitespace(pending_).empty())
        pending_.clear();
}

void ScriptReader::end() {
    const std::string text = with_delimiter(pending_);
    take(
        sql::split_statements(text, syntax_),
        std::string_view(text).substr(text.size() - pending_.size())
    );
    pending_.clear();
}

// `text` begins in line pending_line_.
void ScriptReader::take(const std::vector<std::string_view>& statements, std::string_view text) {
    std::size_t counted = 0;
    std::size_t line = pending_line_;
    for (const std::string_view statement : statements) {
        // Comments before it belong to it, but people look for its first word.
        sql::Lexer lexer(statement, syntax_);
        const auto begin = static_cast<std::size_t>(statement.data() - text.data());
        const std::size_t first = begin + lexer.next().begin;
        line += lines_in(text.substr(counted, first - counted));
        counted = first;
        complete_.push_back({std::string(statement), line});
    }
}

std::optional<ScriptReader::Statement> ScriptReader::next() {
    if (complete_.empty())
        return std::nullopt;
    Statement statement = std::move(complete_.front());
    complete_.pop_front();
    return statement;
}

}  // namespace mosaic::tool
