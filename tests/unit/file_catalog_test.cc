// The map in a file: compare-and-swap by many at once, and files that are not as they were written.
#include "base/status.h"
#include "catalog/catalog.h"
#include "catalog/map_json.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace mosaic;
using namespace mosaic::catalog;

namespace {

class MapFolder {
public:
    MapFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "mosaic_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary folder");
        folder_ = name;
    }

    ~MapFolder() { std::filesystem::remove_all(folder_); }

    MapFolder(const MapFolder&) = delete;
    MapFolder& operator=(const MapFolder&) = delete;

    [[nodiscard]] std::filesystem::path file() const { return folder_ / "deep" / "map.json"; }

    [[nodiscard]] std::unique_ptr<Catalog> open() const { return open_catalog({file()}); }

    [[nodiscard]] std::string text() const {
        std::ifstream in(file(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    void write(std::string_view text) const {
        std::filesystem::create_directories(file().parent_path());
        std::ofstream(file(), std::ios::binary) << text;
    }

private:
    std::filesystem::path folder_;
};

MapRecord some_map(std::uint64_t epoch) {
    MapRecord map;
    map.cluster_id = "0a0b0c0d-0000-4000-8000-000000000001";
    map.epoch = epoch;
    map.shards = {{"app_00", "s1", false}, {"app_01", "s2", true}};
    map.groups = {{"users", "hash", 1, 8, {0, 0, 0, 1, 1, 0, 1, 1}, {1, 16, 10, 37}}};
    return map;
}

std::uint16_t id_of(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail ? detail->id.number : std::uint16_t{0};
}

/// Publishes until the epoch has reached `last`. \return how many times it was this one that did;
/// -1: what went wrong was no other publisher.
int publish_until(Catalog& catalog, std::uint64_t last) {
    int published = 0;
    while (true) {
        const auto map = catalog.read();
        if (!map.ok() || map->groups.at(0).owners != some_map(1).groups.at(0).owners)
            return -1;
        if (map->epoch >= last)
            return published;
        const absl::Status status = catalog.publish(some_map(map->epoch + 1));
        if (status.ok())
            ++published;
        else if (id_of(status) != errors::kMapChanged.number)
            return -1;
    }
}

}  // namespace

TEST_CASE("a map is read as it was published") {
    const MapFolder folder;
    const auto catalog = folder.open();
    CHECK(id_of(catalog->read().status()) == errors::kMapMissing.number);

    REQUIRE(catalog->publish(some_map(1)).ok());

    const auto map = folder.open()->read();
    REQUIRE(map.ok());
    CHECK(map->cluster_id == some_map(1).cluster_id);
    CHECK(map->epoch == 1);
    CHECK(map->shards == some_map(1).shards);
    REQUIRE(map->groups.size() == 1);
    CHECK(map->groups[0].name == "users");
    CHECK(map->groups[0].partitioner == "hash");
    CHECK(map->groups[0].partitioner_version == 1);
    CHECK(map->groups[0].buckets == 8);
    CHECK(map->groups[0].owners == some_map(1).groups[0].owners);
    CHECK(map->groups[0].composite_layout == some_map(1).groups[0].composite_layout);
}

TEST_CASE("only the next epoch is published") {
    const MapFolder folder;
    const auto catalog = folder.open();
    CHECK(id_of(catalog->publish(some_map(2))) == errors::kMapChanged.number);
    CHECK(id_of(catalog->read().status()) == errors::kMapMissing.number);
    REQUIRE(catalog->publish(some_map(1)).ok());
    const std::string before = folder.text();

    for (const std::uint64_t epoch :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}, UINT64_MAX})
        CHECK(id_of(catalog->publish(some_map(epoch))) == errors::kMapChanged.number);

    CHECK(folder.text() == before);
    CHECK(catalog->publish(some_map(2)).ok());
}

TEST_CASE("of many threads one publishes each epoch") {
    const MapFolder folder;
    REQUIRE(folder.open()->publish(some_map(1)).ok());
    constexpr std::uint64_t kLast = 101;
    std::vector<int> published(8);
    std::vector<std::thread> threads;
    const auto shared = folder.open();
    for (std::size_t i = 0; i < published.size(); ++i)
        threads.emplace_back([&, i] {
            const auto own = folder.open();
            published[i] = publish_until(i % 2 == 0 ? *shared : *own, kLast);
        });
    for (std::thread& thread : threads) thread.join();

    CHECK(std::count(published.begin(), published.end(), -1) == 0);
    CHECK(std::accumulate(published.begin(), published.end(), 0) == kLast - 1);
    CHECK(folder.open()->read()->epoch == kLast);
}

TEST_CASE("of many processes one publishes each epoch") {
    const MapFolder folder;
    REQUIRE(folder.open()->publish(some_map(1)).ok());
    constexpr std::uint64_t kLast = 101;
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
        const pid_t child = ::fork();
        if (child == 0)
            ::_exit(std::min(publish_until(*folder.open(), kLast) & 0xFF, 255));
        children.push_back(child);
    }
    int published = 0;
    for (const pid_t child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFEXITED(status));
        REQUIRE(WEXITSTATUS(status) != 255);
        published += WEXITSTATUS(status);
    }

    CHECK(published == kLast - 1);
    CHECK(folder.open()->read()->epoch == kLast);
}

TEST_CASE("a publisher that is killed leaves a whole map, and no lock") {
    const MapFolder folder;
    const auto catalog = folder.open();
    REQUIRE(catalog->publish(some_map(1)).ok());
    std::uint64_t epoch = 1;
    for (int round = 0; round < 20; ++round) {
        const pid_t child = ::fork();
        if (child == 0) {
            publish_until(*folder.open(), UINT64_MAX);
            ::_exit(1);
        }
        // It is at work once the epoch moves; where exactly it is killed differs each time.
        std::uint64_t seen = epoch;
        while (seen <= epoch + static_cast<std::uint64_t>(round)) {
            const auto map = catalog->read();
            REQUIRE(map.ok());
            seen = map->epoch;
        }
        ::kill(child, SIGKILL);
        REQUIRE(::waitpid(child, nullptr, 0) == child);
        const auto map = catalog->read();
        REQUIRE(map.ok());
        epoch = map->epoch + 1;
        REQUIRE(catalog->publish(some_map(epoch)).ok());
    }
}

TEST_CASE("a torn map is refused at every length, and never replaced") {
    const MapFolder folder;
    const auto catalog = folder.open();
    REQUIRE(catalog->publish(some_map(1)).ok());
    const std::string whole = folder.text();
    // Without its last newline it is whole still.
    for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
        folder.write(whole.substr(0, size));
        const absl::Status refused = catalog->read().status();
        INFO(size << ": " << message_of(refused));
        REQUIRE(id_of(refused) == errors::kCatalogUnreadable.number);
        if (size % 50 != 0)
            continue;
        for (const std::uint64_t epoch : {std::uint64_t{1}, std::uint64_t{2}})
            REQUIRE(id_of(catalog->publish(some_map(epoch))) == errors::kCatalogUnreadable.number);
        REQUIRE(folder.text() == whole.substr(0, size));
    }
}

TEST_CASE("a map with a byte changed to a brace is refused or another map, never a crash") {
    const std::string whole = to_json(some_map(1));
    int refused = 0;
    for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
        std::string changed = whole;
        changed[i] = '{';
        refused += from_json(changed).ok() ? 0 : 1;
    }
    CHECK(refused > static_cast<int>(whole.size()) / 2);
}

namespace {

struct Edit {
    const char* from;
    const char* to;
    const char* says;
};

}  // namespace

TEST_CASE("a map that was edited by hand into gaps, overlaps or nonsense is refused") {
    const std::string whole = to_json(some_map(1));
    const std::string owners = "[[0,3],[1,2],[0,1],[1,2]]";
    REQUIRE(whole.find(owners) != std::string::npos);
    const std::string runs = owners;
    const auto edit = GENERATE_REF(values<Edit>(
        {{"[[0,3],[1,2],[0,1],[1,2]]", "[[0,3],[1,2],[1,2]]", "owners for 7 of 8"},
         {"[[0,3],[1,2],[0,1],[1,2]]", "[]", "owners for 0 of 8"},
         {"[[0,3],[1,2],[0,1],[1,2]]", "[[0,4],[1,2],[0,1],[1,2]]", "gives 2 buckets to shard 1"},
         {"[[0,3],[1,2],[0,1],[1,2]]", "[[0,4294967295],[1,1]]", "gives 4294967295 buckets"},
         {"[[0,3],", "[[2,3],", "to shard 2 of 2"},
         {"[[0,3],", "[[-1,3],", "-1 is no whole number"},
         {"[[0,3],", "[[0,3.0],", "3.0 is no whole number"},
         {"[[0,3],", "[[0,4294967299],", "4294967299 is no whole number"},
         {"[[0,3],", "[[0,3,0],", "gives 3 buckets"},
         {"[[0,3],", "[[0],", "out of range"},
         {"[[0,3],", "[7,", "cannot use at()"},
         {"\"buckets\":8", "\"buckets\":16", "owners for 8 of 16"},
         {"\"buckets\":8", "\"buckets\":4", "gives 2 buckets to shard 1"},
         {"\"buckets\":8", "\"buckets\":0", "has 0 buckets"},
         {"\"buckets\":8", "\"buckets\":\"8\"", "is no whole number"},
         {"\"buckets\":8", "\"bukets\":8", "'buckets' not found"},
         {"[1,16,10,37]", "[1,16,10,36]", "they add up to 63"},
         {"[1,16,10,37]", "[1,16,10]", "out of range"},
         {"[1,16,10,37]", "[1,2,24,37]", "8 buckets do not fit in 2 bits"},
         {"\"epoch\":1", "\"epoch\":0", "no epoch"},
         {"\"epoch\":1", "\"epoch\":-1", "-1 is no whole number"},
         {"\"format\":1", "\"format\":2", "format is 2"},
         {"app_01", "app_00", "names a shard or a group twice"},
         {"\"has_foreign_rows\":true", "\"has_foreign_rows\":1", "must be boolean"},
         {"\"cluster_id\":\"", "\"cluster_id\":7,\"x\":\"", "must be string"}}
    ));
    std::string edited = whole;
    const std::size_t at = edited.find(edit.from);
    REQUIRE(at != std::string::npos);
    edited.replace(at, std::string(edit.from).size(), edit.to);
    const MapFolder folder;
    folder.write(edited);

    const absl::Status refused = folder.open()->read().status();

    CHECK(id_of(refused) == errors::kCatalogUnreadable.number);
    INFO(edit.to);
    CHECK_THAT(std::string(message_of(refused)), Catch::Contains(edit.says));
    CHECK_THAT(std::string(message_of(refused)), Catch::Contains(folder.file().string()));
}

TEST_CASE("a map that is not whole is not published") {
    const MapFolder folder;
    MapRecord gap = some_map(1);
    gap.groups[0].owners.pop_back();
    MapRecord beyond = some_map(1);
    beyond.groups[0].owners[0] = 2;
    for (const MapRecord& map : {gap, beyond})
        CHECK(id_of(folder.open()->publish(map)) == errors::kMapMismatch.number);
    CHECK_FALSE(std::filesystem::exists(folder.file()));
}

TEST_CASE("a catalog that is a folder, or below a file, says so") {
    const MapFolder folder;
    std::filesystem::create_directories(folder.file());
    CHECK(id_of(folder.open()->read().status()) == errors::kCatalogUnreadable.number);
    CHECK(id_of(folder.open()->publish(some_map(1))) == errors::kCatalogUnreadable.number);

    const MapFolder other;
    other.write("no folder");
    const auto below = open_catalog({other.file() / "map.json"});
    CHECK(id_of(below->publish(some_map(1))) == errors::kCatalogUnwritable.number);
}
