#include "config/yaml_reader.h"

#include "base/status.h"
#include "config/nearest.h"

#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::config {
namespace {

std::string child_path(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : absl::StrFormat("%s.%s", path, key);
}

// yaml-cpp gives nodes without text no position of their own.
YAML::Mark mark_of(const YAML::Node& node, const YAML::Mark& otherwise) {
    const YAML::Mark mark = node.Mark();
    return mark.is_null() || node.IsNull() ? otherwise : mark;
}

}  // namespace

void Mistakes::add(const Place& place, std::string_view what) {
    const int line = std::max(place.mark.line, 0) + 1;
    const int column = std::max(place.mark.column, 0) + 1;
    lines_.push_back(Line{
        line,
        column,
        absl::StrFormat(
            "%s:%d:%d%s%s: %s", file_, line, column, place.path.empty() ? "" : " ", place.path, what
        )});
}

absl::Status Mistakes::to_status() const {
    std::vector<Line> lines = lines_;
    std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
        return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    std::string message = absl::StrFormat(
        "read the configuration %s: %d mistake%s; correct what is listed",
        file_,
        lines.size(),
        lines.size() == 1 ? "" : "s"
    );
    for (const Line& line : lines) message += "\n" + line.text;
    return make_error(errors::kConfigInvalid, message);
}

std::string describe(const YAML::Node& node) {
    switch (node.Type()) {
        case YAML::NodeType::Scalar: {
            const std::string& text = node.Scalar();
            return absl::StrFormat("\"%s%s\"", text.substr(0, 64), text.size() > 64 ? ".." : "");
        }
        case YAML::NodeType::Sequence:
            return "a list";
        case YAML::NodeType::Map:
            return "a map";
        case YAML::NodeType::Null:
        case YAML::NodeType::Undefined:
            break;
    }
    return "nothing";
}

std::string join(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return all;
}

std::vector<Entry> read_any_map(const Place* place, Mistakes& mistakes) {
    std::vector<Entry> entries;
    if (place == nullptr)
        return entries;
    if (!place->node.IsMap()) {
        mistakes.add(
            *place, absl::StrFormat("%s is no map; write {key: value, ..}", describe(place->node))
        );
        return entries;
    }
    for (const auto& entry : place->node) {
        const YAML::Mark mark = mark_of(entry.first, place->mark);
        if (!entry.first.IsScalar()) {
            mistakes.add(
                {entry.first, mark, place->path},
                absl::StrFormat("%s is no key; a key is a word", describe(entry.first))
            );
            continue;
        }
        const std::string& key = entry.first.Scalar();
        Place value{entry.second, mark_of(entry.second, mark), child_path(place->path, key)};
        const auto first = std::find_if(entries.begin(), entries.end(), [&](const Entry& known) {
            return known.key == key;
        });
        if (first == entries.end())
            entries.push_back({key, mark, std::move(value)});
        else
            mistakes.add(
                {entry.first, mark, value.path},
                absl::StrFormat(
                    "the key is here twice, first in line %d; keep one of them",
                    first->key_mark.line + 1
                )
            );
    }
    return entries;
}

MapReader::MapReader(const Place& place, const std::vector<std::string>& known, Mistakes& mistakes)
    : place_(place), mistakes_(mistakes), is_map_(place.node.IsMap()) {
    if (!is_map_) {
        mistakes.add(
            place,
            absl::StrFormat(
                "%s is no map; write {key: value, ..} with the key%s %s",
                describe(place.node),
                known.size() == 1 ? "" : "s",
                join(known)
            )
        );
        return;
    }
    entries_ = read_any_map(&place, mistakes);
    for (const Entry& entry : entries_)
        if (std::find(known.begin(), known.end(), entry.key) == known.end())
            mistakes.add(
                {entry.value.node, entry.key_mark, entry.value.path},
                absl::StrFormat(
                    "unknown key%s; %s %s",
                    entry.key.find(':') == std::string::npos ? did_you_mean(entry.key, known)
                                                             : "; write a blank after its colon",
                    known.size() == 1 ? "the only one is" : "known are",
                    join(known)
                )
            );
}

const Place* MapReader::find(std::string_view key) const {
    for (const Entry& entry : entries_)
        if (entry.key == key)
            return &entry.value;
    return nullptr;
}

const Place* MapReader::require(std::string_view key, std::string_view example) {
    const Place* found = find(key);
    if (found == nullptr && is_map_)
        mistakes_.add(
            {place_.node, place_.mark, child_path(place_.path, key)},
            absl::StrFormat("missing; write it like `%s: %s`", key, example)
        );
    return found;
}

std::vector<Place> read_list(const Place* place, Mistakes& mistakes) {
    std::vector<Place> items;
    if (place == nullptr)
        return items;
    if (!place->node.IsSequence()) {
        mistakes.add(
            *place,
            absl::StrFormat(
                "%s is no list; write [.., ..], or a line `- ..` for each", describe(place->node)
            )
        );
        return items;
    }
    for (const YAML::Node& item : place->node)
        items.push_back(
            {item, mark_of(item, place->mark), absl::StrFormat("%s[%d]", place->path, items.size())}
        );
    return items;
}

}  // namespace mosaic::config
