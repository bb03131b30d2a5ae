#include "client/directives.h"

#include "base/status.h"
#include "config/nearest.h"
#include "mosaic/uuid.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace mosaic::client {
namespace {

constexpr std::string_view kOpening = "/*mosaic";
constexpr std::string_view kBlanks = " \t\r\n";

bool is_blank(char c) {
    return kBlanks.find(c) != std::string_view::npos;
}

/// Where `/*mosaic` begins; npos: nowhere straight after the first keyword.
std::size_t find_opening(std::string_view text) {
    std::size_t at = std::min(text.find_first_not_of(kBlanks), text.size());
    while (at < text.size() && absl::ascii_isalpha(static_cast<unsigned char>(text[at]))) ++at;
    at = std::min(text.find_first_not_of(kBlanks, at), text.size());
    const std::string_view rest = text.substr(at);
    const bool is_opening = rest.starts_with(kOpening) && rest.size() > kOpening.size() &&
                            (is_blank(rest[kOpening.size()]) || rest[kOpening.size()] == '*');
    return is_opening ? at : std::string_view::npos;
}

absl::Status invalid(std::string_view word, std::string_view why) {
    return make_error(
        errors::kDirectiveInvalid, absl::StrFormat("read directive `%s`: %s", word, why)
    );
}

struct Unit {
    std::string_view name;
    std::uint64_t size;
};

/// A whole number and its unit; none: it is not that, or too large.
std::optional<std::uint64_t> read_amount(std::string_view text, std::span<const Unit> units) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    std::uint64_t number = 0;
    if (!absl::SimpleAtoi(absl::string_view(text.data(), digits), &number))
        return std::nullopt;
    const std::string_view name = text.substr(digits);
    const auto unit = std::ranges::find(units, name, &Unit::name);
    if (unit == units.end() || number > (std::uint64_t{1} << 50) / unit->size)
        return std::nullopt;
    return number * unit->size;
}

/// A key as a directive writes it: a number, a UUID, 0x.., 'text', or text.
Value read_key(std::string_view text) {
    const std::string copy(text);
    if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'')
        return Value(text.substr(1, text.size() - 2));
    std::uint64_t number = 0;
    if (absl::SimpleAtoi(copy, &number))
        return Value(number);
    std::int64_t negative = 0;
    if (absl::SimpleAtoi(copy, &negative))
        return Value(negative);
    if (const auto uuid = Uuid::parse(text))
        return Value(*uuid);
    const bool is_hex = text.size() > 2 && text.size() % 2 == 0 && text.starts_with("0x") &&
                        std::all_of(text.begin() + 2, text.end(), [](unsigned char c) {
                            return absl::ascii_isxdigit(c);
                        });
    return is_hex ? Value::bytes(absl::HexStringToBytes(copy.substr(2))) : Value(text);
}

/// Splits directives into words; a word may hold 'quoted text' with blanks.
std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    std::size_t begin = 0;
    bool is_quoted = false;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] == '\'')
            is_quoted = !is_quoted;
        if (i < text.size() && (is_quoted || !is_blank(text[i])))
            continue;
        if (i > begin)
            words.push_back(text.substr(begin, i - begin));
        begin = i + 1;
    }
    return words;
}

class Reader {
public:
    Reader(Statement& out, const topology::Topology& topology) : out_(out), topology_(topology) {}

    absl::Status read(std::string_view word) {
        const std::size_t equals = std::min(word.find('='), word.size());
        const std::string name(word.substr(0, equals));
        const auto known = std::ranges::find(kKnown, name, &Known::name);
        if (known == kKnown.end()) {
            std::vector<std::string> names;
            for (const Known& one : kKnown) names.emplace_back(one.name);
            return invalid(
                word,
                "it is not known; known are at, shard, scatter, within, rows_max, bytes_max and "
                "partial" +
                    config::did_you_mean(name, names)
            );
        }
        if (has_seen(name))
            return invalid(word, absl::StrFormat("`%s` was said before; say it once", name));
        seen_.push_back(name);
        const std::string_view value = equals < word.size() ? word.substr(equals + 1) : "";
        if (value.empty())
            return invalid(word, absl::StrFormat("it needs a value, like %s", known->example));
        if ((this->*known->read)(value))
            return absl::OkStatus();
        if (!why_.empty())
            return invalid(word, why_);
        return invalid(
            word, absl::StrFormat("its value is not one; write it like %s", known->example)
        );
    }

    [[nodiscard]] bool has_seen(std::string_view name) const {
        return std::ranges::find(seen_, name) != seen_.end();
    }

private:
    struct Known {
        std::string_view name;
        std::string_view example;
        bool (Reader::*read)(std::string_view value);
    };

    static const std::array<Known, 7> kKnown;

    bool read_at(std::string_view value) {
        const std::size_t colon = value.find(':');
        if (value.front() != '\'' && colon != std::string_view::npos) {
            out_.at(std::string(value.substr(0, colon)), read_key(value.substr(colon + 1)));
            return true;
        }
        const topology::Table* table = only_groups_table();
        if (table == nullptr) {
            why_ =
                "there are several table groups; name a table of the one that is meant, like "
                "at=users:42";
            return false;
        }
        out_.at(table->name, read_key(value));
        return true;
    }

    /// Of the one group that has tables; null: there is not one.
    const topology::Table* only_groups_table() const {
        const topology::Table* found = nullptr;
        for (const auto& [name, table] : topology_.tables) {
            if (table.kind != topology::TableKind::kSharded)
                continue;
            if (found != nullptr && found->group != table.group)
                return nullptr;
            if (found == nullptr || table.name < found->name)
                found = &table;
        }
        return found;
    }

    bool read_shard(std::string_view value) {
        out_.on_shard(std::string(value));
        return true;
    }

    bool read_scatter(std::string_view value) {
        if (value == "forbid")
            out_.forbid_scatter();
        return value == "forbid";
    }

    bool read_partial(std::string_view value) {
        if (value == "allow")
            out_.allow_partial();
        return value == "allow";
    }

    bool read_within(std::string_view value) {
        static constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}};
        const auto amount = read_amount(value, kUnits);
        if (amount)
            out_.within(std::chrono::milliseconds(*amount));
        return amount.has_value();
    }

    bool read_rows_max(std::string_view value) {
        static constexpr Unit kUnits[] = {{"", 1}};
        const auto amount = read_amount(value, kUnits);
        if (amount)
            out_.rows_max(*amount);
        return amount.has_value();
    }

    bool read_bytes_max(std::string_view value) {
        static constexpr Unit kUnits[] = {
            {"", 1}, {"K", 1U << 10}, {"M", 1U << 20}, {"G", 1U << 30}};
        const auto amount = read_amount(value, kUnits);
        if (amount)
            out_.bytes_max(*amount);
        return amount.has_value();
    }

    Statement& out_;
    const topology::Topology& topology_;
    std::vector<std::string> seen_;
    std::string why_;  ///< What is wrong, where an example would not say it.
};

const std::array<Reader::Known, 7> Reader::kKnown = {{
    {"at", "at=42 or at=users:42", &Reader::read_at},
    {"shard", "shard=app_03", &Reader::read_shard},
    {"scatter", "scatter=forbid", &Reader::read_scatter},
    {"within", "within=500ms, 2s or 1m", &Reader::read_within},
    {"rows_max", "rows_max=1000", &Reader::read_rows_max},
    {"bytes_max", "bytes_max=64M", &Reader::read_bytes_max},
    {"partial", "partial=allow", &Reader::read_partial},
}};

}  // namespace

bool has_directives(std::string_view text) {
    return find_opening(text) != std::string_view::npos;
}

absl::StatusOr<Statement> obey_directives(
    const Statement& statement, const topology::Topology& topology
) {
    std::string text = statement.sql();
    const std::size_t begin = find_opening(text);
    const std::size_t end = text.find("*/", begin + 2);
    if (end == std::string::npos)
        return invalid(text.substr(begin, 40), "its comment does not end; end it with */");
    const std::string directives =
        text.substr(begin + kOpening.size(), end - begin - kOpening.size());
    std::fill(
        text.begin() + static_cast<std::ptrdiff_t>(begin),
        text.begin() + static_cast<std::ptrdiff_t>(end) + 2,
        ' '
    );
    Statement out = statement.with_text(std::move(text), statement.values());
    Reader reader(out, topology);
    for (const std::string_view word : words_of(directives))
        MOSAIC_RETURN_IF_ERROR(reader.read(word));
    if (reader.has_seen("at") && reader.has_seen("shard"))
        return invalid(directives, "`at` and `shard` both name a shard; say one of them");
    return out;
}

}  // namespace mosaic::client
