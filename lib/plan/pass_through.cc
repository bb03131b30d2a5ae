#include "plan/pass_through.h"

#include "plan/faults.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mosaic::plan {
namespace {

// Servers name a column after at most this many characters of its text.
constexpr std::size_t kLabelMax = 256;
constexpr std::size_t kLabelMaxMySql = 255;

/// Text [begin, end) is replaced by a hole, or by text.
struct Edit {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view before;  ///< Text before the hole.
    std::optional<sql::Hole> hole;
    std::string text;      ///< After it.
    bool is_name = false;  ///< What it changes is part of a label.
};

bool is_name_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_isalnum(byte) || c == '_' || c == '$' || byte >= 0x80;
}

/// Finds the parts of a name in the text, where blanks and comments may stand between them.
class NameScan {
public:
    NameScan(std::string_view text, std::size_t at) : text_(text), at_(at) {}

    [[nodiscard]] std::size_t at() const { return at_; }

    /// Steps over an identifier; false where none stands.
    bool identifier() {
        if (at_ >= text_.size())
            return false;
        if (text_[at_] == '`' || text_[at_] == '"')
            return quoted(text_[at_]);
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_name_byte(text_[at_])) ++at_;
        return at_ > begin;
    }

    /// Steps over blanks, comments and a point; false where no point stands.
    bool point() {
        gap();
        if (at_ >= text_.size() || text_[at_] != '.')
            return false;
        ++at_;
        gap();
        return true;
    }

private:
    bool quoted(char quote) {
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] != quote)
                continue;
            ++at_;
            if (at_ >= text_.size() || text_[at_] != quote)
                return true;
        }
        return false;
    }

    void gap() {
        while (at_ < text_.size()) {
            const std::string_view rest = text_.substr(at_);
            if (absl::ascii_isspace(static_cast<unsigned char>(rest[0]))) {
                ++at_;
            } else if (rest.starts_with("/*")) {
                const std::size_t end = rest.find("*/", 2);
                at_ += end == std::string_view::npos ? rest.size() : end + 2;
            } else if (rest.starts_with("#") || rest.starts_with("-- ")) {
                const std::size_t end = rest.find('\n');
                at_ += end == std::string_view::npos ? rest.size() : end + 1;
            } else {
                return;
            }
        }
    }

    std::string_view text_;
    std::size_t at_;
};

absl::Status unreadable(std::string_view name) {
    return make_error(
        errors::kParseUnsupported,
        absl::StrFormat(
            "find table %s in the statement's text: it does not stand there as it was read; write "
            "it without comments around its point",
            name
        )
    );
}

class Editor {
public:
    Editor(std::string_view text, bool is_mariadb) : text_(text), is_mariadb_(is_mariadb) {}

    absl::Status add_table(const sql::TableRef& ref) {
        return add_schema(ref.begin, !ref.schema.empty(), ref.name);
    }

    absl::Status add_column(const sql::Expr& column) {
        return add_schema(column.begin, true, column.qualifier);
    }

    absl::Status add_renamed(const sql::TableRef& ref, std::string_view name) {
        NameScan scan(text_, ref.begin);
        bool is_there = scan.identifier();
        if (!ref.schema.empty())
            is_there = is_there && scan.point() && scan.identifier();
        if (!is_there)
            return unreadable(ref.name);
        Edit edit;
        edit.begin = ref.begin;
        edit.end = scan.at();
        edit.hole = sql::Hole{.kind = sql::Hole::Kind::kSchema};
        edit.text = ".";
        edit.is_name = true;
        append_identifier(edit.text, name);
        if (ref.alias.empty()) {
            edit.text += " AS ";
            append_identifier(edit.text, ref.name);
        }
        edits_.push_back(std::move(edit));
        return absl::OkStatus();
    }

    absl::Status drop_schema(const sql::Expr& column) {
        NameScan scan(text_, column.begin);
        if (!scan.identifier() || !scan.point())
            return unreadable(column.qualifier);
        Edit edit;
        edit.begin = column.begin;
        edit.end = scan.at();
        edit.is_name = true;
        edits_.push_back(std::move(edit));
        return absl::OkStatus();
    }

    void add_parameter(const sql::Expr& parameter) {
        Edit edit;
        edit.begin = parameter.begin;
        edit.end = parameter.begin + 1;
        edit.hole = sql::Hole{.kind = sql::Hole::Kind::kValue, .index = parameter.index};
        // A `?` may touch a word; a number may not.
        if (edit.begin > 0 && is_name_byte(text_[edit.begin - 1]))
            edit.before = " ";
        if (edit.end < text_.size() && is_name_byte(text_[edit.end]))
            edit.text = " ";
        edit.is_name = true;
        edits_.push_back(std::move(edit));
    }

    /// \pre all other edits are known
    void keep_label(const sql::SelectItem& item) {
        using Kind = sql::ExprKind;
        const Kind kind = item.expr->kind;
        if (item.has_alias() || kind == Kind::kColumn || kind == Kind::kStar ||
            kind == Kind::kText || kind == Kind::kNull)
            return;
        const auto begin = static_cast<std::size_t>(item.source.data() - text_.data());
        const std::size_t end = begin + item.source.size();
        const bool is_edited = std::any_of(edits_.begin(), edits_.end(), [&](const Edit& edit) {
            return edit.is_name && edit.begin >= begin && edit.begin < end;
        });
        if (!is_edited)
            return;
        Edit edit;
        edit.begin = edit.end = end;
        edit.text = " AS ";
        append_identifier(edit.text, plan::label_of(item.source, is_mariadb_));
        labels_.push_back(std::move(edit));
    }

    sql::Template finish() && {
        edits_.insert(edits_.end(), labels_.begin(), labels_.end());
        std::stable_sort(edits_.begin(), edits_.end(), [](const Edit& a, const Edit& b) {
            return a.begin < b.begin;
        });
        sql::Template out;
        std::size_t at = 0;
        for (const Edit& edit : edits_) {
            out.text.append(text_.substr(at, edit.begin - at));
            out.text.append(edit.before);
            if (edit.hole)
                out.gaps.push_back({static_cast<std::uint32_t>(out.text.size()), *edit.hole});
            out.text.append(edit.text);
            at = edit.end;
        }
        out.text.append(text_.substr(at));
        return out;
    }

private:
    absl::Status add_schema(std::size_t begin, bool has_schema, std::string_view name) {
        NameScan scan(text_, begin);
        if (!scan.identifier())
            return unreadable(name);
        Edit edit;
        edit.begin = edit.end = begin;
        if (has_schema) {
            if (!scan.point())
                return unreadable(name);
            edit.end = scan.at();
        }
        edit.hole = sql::Hole{.kind = sql::Hole::Kind::kSchema};
        edit.text = ".";
        edit.is_name = true;
        edits_.push_back(std::move(edit));
        return absl::OkStatus();
    }

    std::string_view text_;
    bool is_mariadb_;
    std::vector<Edit> edits_;
    std::vector<Edit> labels_;
};

/// Whether the name means a table of the FROM clause, not an alias.
bool is_table_name(const sql::TableRef& target, const Mentions& mentions) {
    return std::any_of(
        mentions.tables.begin(),
        mentions.tables.end(),
        [&](const sql::TableRef* table) {
            return table->alias.empty() && table->name == target.name;
        }
    );
}

}  // namespace

std::string label_of(std::string_view text, bool is_mariadb) {
    const std::size_t label_max = is_mariadb ? kLabelMax : kLabelMaxMySql;
    constexpr unsigned kFourBytes = 0xF0;  // names are utf8mb3
    std::string label;
    std::size_t count = 0;
    bool is_left_out = false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_first_byte = (byte & 0xC0) != 0x80;
        if (is_first_byte && ++count > label_max)
            break;
        if (is_first_byte)
            is_left_out = byte >= kFourBytes;
        if (!is_left_out)
            label.push_back(c);
        else if (is_first_byte)
            label.push_back('?');
    }
    while (is_mariadb && label.ends_with(' ')) label.pop_back();
    return label;
}

absl::StatusOr<sql::Template> pass_through(
    const sql::Statement& statement, const Mentions& mentions, bool is_mariadb
) {
    Editor editor(statement.source, is_mariadb);
    for (const sql::TableRef* table : mentions.tables)
        MOSAIC_RETURN_IF_ERROR(editor.add_table(*table));
    for (const sql::TableRef* target : mentions.targets) {
        if (!target->schema.empty() || is_table_name(*target, mentions))
            MOSAIC_RETURN_IF_ERROR(editor.add_table(*target));
    }
    for (const sql::Expr* column : mentions.qualified)
        MOSAIC_RETURN_IF_ERROR(editor.add_column(*column));
    for (const sql::Expr* parameter : mentions.parameters) editor.add_parameter(*parameter);
    for (const sql::SelectItem* item : mentions.items) editor.keep_label(*item);
    return std::move(editor).finish();
}

absl::StatusOr<sql::Template> with_renamed_tables(
    const sql::Statement& statement,
    const Mentions& mentions,
    std::span<const RenamedTable> renamed,
    bool is_mariadb
) {
    Editor editor(statement.source, is_mariadb);
    for (const sql::TableRef* table : mentions.tables) {
        const auto found = std::find_if(renamed.begin(), renamed.end(), [&](const auto& each) {
            return each.ref == table;
        });
        MOSAIC_RETURN_IF_ERROR(
            found == renamed.end() ? editor.add_table(*table)
                                   : editor.add_renamed(*table, found->name)
        );
    }
    for (const sql::Expr* column : mentions.qualified)
        MOSAIC_RETURN_IF_ERROR(editor.drop_schema(*column));
    for (const sql::Expr* parameter : mentions.parameters) editor.add_parameter(*parameter);
    for (const sql::SelectItem* item : mentions.items) editor.keep_label(*item);
    return std::move(editor).finish();
}

}  // namespace mosaic::plan
