#pragma once

#include <absl/status/status.h>
#include <yaml-cpp/yaml.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Walks YAML and collects mistakes instead of stopping at the first.
namespace mosaic::config {

/// A node, where it stands and how it is reached: `servers[1].primary`.
struct Place {
    YAML::Node node;
    YAML::Mark mark;
    std::string path;
};

/// All that is wrong with a file.
class Mistakes {
public:
    explicit Mistakes(std::string file) : file_(std::move(file)) {}

    /// `what`: what was found; what is allowed; did you mean X.
    void add(const Place& place, std::string_view what);

    [[nodiscard]] bool empty() const { return lines_.empty(); }

    /// kConfigInvalid with a line for each, in the file's order. \pre not empty
    [[nodiscard]] absl::Status to_status() const;

private:
    struct Line {
        int line = 0;
        int column = 0;
        std::string text;
    };

    std::string file_;
    std::vector<Line> lines_;
};

/// A key of a map and its value.
struct Entry {
    std::string key;
    YAML::Mark key_mark;
    Place value;
};

/// A map whose keys have been checked: none unknown, none twice.
class MapReader {
public:
    /// Not a map: a mistake, and no key is found; nothing at all is missing then either.
    MapReader(const Place& place, const std::vector<std::string>& known, Mistakes& mistakes);

    /// Null: not there. Valid as long as this object.
    [[nodiscard]] const Place* find(std::string_view key) const;
    /// Not there: a mistake that shows `example`.
    const Place* require(std::string_view key, std::string_view example);

private:
    Place place_;
    Mistakes& mistakes_;
    bool is_map_ = false;
    std::vector<Entry> entries_;
};

/// `"abc"`, `a list`, `a map`, `nothing`: for messages.
[[nodiscard]] std::string describe(const YAML::Node& node);
/// `a, b, c`
[[nodiscard]] std::string join(const std::vector<std::string>& words);

/// The items of a list; not a list: a mistake, and empty. Null: empty.
[[nodiscard]] std::vector<Place> read_list(const Place* place, Mistakes& mistakes);
/// The entries of a map with any keys, none twice. Null: empty.
[[nodiscard]] std::vector<Entry> read_any_map(const Place* place, Mistakes& mistakes);

// Each reads `place` into `out`. Null leaves `out` as it is (its default); a mistake does too, and
// gives false.

bool read_text(const Place* place, std::string& out, Mistakes& mistakes);
bool read_texts(const Place* place, std::vector<std::string>& out, Mistakes& mistakes);
bool read_word(
    const Place* place,
    const std::vector<std::string>& allowed,
    std::string& out,
    Mistakes& mistakes
);

/// A range with both ends.
struct Range {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};

bool read_whole(const Place* place, Range range, std::uint64_t& out, Mistakes& mistakes);
/// A number above 0.
bool read_weight(const Place* place, double& out, Mistakes& mistakes);
/// Bytes, `256M`.
bool read_bytes(const Place* place, Range range, std::uint64_t& out, Mistakes& mistakes);
/// `500ms`, `2s`, `1m`, `1h`; the range is in milliseconds.
bool read_duration(
    const Place* place, Range range, std::chrono::milliseconds& out, Mistakes& mistakes
);
bool read_duration(const Place* place, Range range, std::chrono::seconds& out, Mistakes& mistakes);

template <typename Number>
bool read_number(const Place* place, Range range, Number& out, Mistakes& mistakes) {
    std::uint64_t number = 0;
    if (place == nullptr || !read_whole(place, range, number, mistakes))
        return false;
    out = static_cast<Number>(number);
    return true;
}

}  // namespace mosaic::config
