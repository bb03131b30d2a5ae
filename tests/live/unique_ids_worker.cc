// A process that takes ids and notes them as it gets them, for unique_ids_test.cc to kill:
//
//     unique_ids_worker draw CONFIG FOLDER NAME COUNT MILLISECONDS TABLE...
//     unique_ids_worker fork CONFIG FOLDER COUNT
//
// `draw` fills FOLDER/NAME.TABLE with COUNT ids of each table, through a client, in MILLISECONDS at
// least. `fork` uses some ids of each scheme, then has eight children that draw on from the same
// schemes, as their parent does. Exit code 0: all is well; else standard error says what is not.
#include "base/status.h"
#include "catalog/scheme_factory.h"
#include "keys/per_process.h"
#include "mosaic/mosaic.h"
#include "support/test_servers.h"
#include "unique_ids_file.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace mosaic::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

using Clock = std::chrono::steady_clock;
using Random = std::mt19937;
using Draw = std::function<absl::Status(std::span<Id>)>;

// How long ids may fail to come while a server is down that no other can stand in for.
constexpr Duration kPatience = 60s;

/// The ids of one table or scheme that this process takes.
class Line {
public:
    /// `patience`: how long ids may fail to come.
    Line(const fs::path& path, std::size_t count, Duration patience, Draw draw)
        : path_(path.string()), file_(path, count), patience_(patience), draw_(std::move(draw)) {}

    [[nodiscard]] std::size_t left() const { return file_.room(); }

    /// One id, or now and then a batch, so that about half of the ids come each way. None, if they
    /// may fail to come.
    void step(Random& random) {
        const std::size_t size = random() % 32 == 0 ? 1 + random() % 64 : 1;
        std::vector<Id> ids(std::min(size, left()));
        if (ids.empty())
            return;
        const absl::Status drawn = draw_(ids);
        if (!drawn.ok()) {
            if (Clock::now() - last_came_ >= patience_)
                throw std::runtime_error(path_ + ": " + std::string(message_of(drawn)));
            std::this_thread::sleep_for(1ms);
            return;
        }
        if (patience_ > Duration::zero())
            last_came_ = Clock::now();
        for (const Id& id : ids) check_order(id);
        file_.append(ids);
    }

private:
    void check_order(const Id& id) {
        if (!id.is_uuid() || id.uuid().version() != 7)
            return;
        if (!(last_ < id.uuid()))
            throw std::runtime_error(path_ + ": " + id.to_string() + " after " + last_.to_string());
        last_ = id.uuid();
    }

    std::string path_;
    IdFile file_;
    Duration patience_;
    Draw draw_;
    TimePoint last_came_ = Clock::now();
    Uuid last_;
};

void fill(std::vector<std::unique_ptr<Line>>& lines, Random& random, Duration pace) {
    const TimePoint start = Clock::now();
    const std::size_t count = std::max<std::size_t>(lines.front()->left(), 1);
    while (std::any_of(lines.begin(), lines.end(), [](auto& line) { return line->left() > 0; })) {
        for (auto& line : lines) line->step(random);
        const double done =
            1.0 - static_cast<double>(lines.front()->left()) / static_cast<double>(count);
        std::this_thread::sleep_until(
            start + std::chrono::duration_cast<Duration>(pace * std::min(done, 1.0))
        );
    }
}

// A few users, the same for all processes, so that they share counters.
Value some_user(Random& random) {
    std::string bytes(16, '\0');
    bytes[0] = static_cast<char>('a' + random() % 16);
    return *Uuid::from_bytes(bytes);
}

void draw(std::span<char*> arguments) {
    Client client = must(Client::open(arguments[0]));
    const std::string stem = std::string(arguments[1]) + "/" + arguments[2] + ".";
    const std::size_t count = std::stoull(arguments[3]);
    const std::chrono::milliseconds pace(std::stoull(arguments[4]));
    Random random(static_cast<std::uint32_t>(::getpid()));
    std::vector<std::unique_ptr<Line>> lines;
    // A composite id comes from its bucket's server alone. All other schemes must give ids always.
    const std::set<std::string> may_fail = {"albums", "orders"};
    for (const std::string table : arguments.subspan(5)) {
        lines.push_back(std::make_unique<Line>(
            stem + table,
            count,
            may_fail.contains(table) ? kPatience : Duration::zero(),
            [&client, &random, table](std::span<Id> ids) {
                if (table != "orders")
                    return client.next_ids(table, ids);
                return client.next_ids(table, ids, some_user(random));
            }
        ));
    }
    fill(lines, random, pace);
}

/// A source for each process: what it holds of its parent's connections is of no use in a child.
class SourcePerProcess final : public keys::BlockSource {
public:
    using Make = std::function<std::shared_ptr<keys::BlockSource>()>;

    explicit SourcePerProcess(const Make& make)
        : held_([make] { return std::make_unique<Held>(make()); }) {}

    absl::StatusOr<std::vector<keys::Block>> next_blocks(
        const std::string& name,
        std::optional<BucketId> bucket,
        std::uint64_t wanted,
        TimePoint deadline
    ) override {
        return held_.get()->next_blocks(name, bucket, wanted, deadline);
    }

private:
    using Held = std::shared_ptr<keys::BlockSource>;
    keys::PerProcess<Held> held_;
};

std::shared_ptr<pool::Pools> make_pools(const config::Config& config) {
    return std::make_shared<pool::Pools>(
        driver::make_driver(config.options.driver), config.options.pool
    );
}

std::shared_ptr<keys::BlockSource> make_counters(
    const config::Config& config, const topology::Topology& topology, std::size_t group
) {
    auto pools = make_pools(config);
    auto connect = [pools, &config, &topology, group](
                       BucketId bucket, TimePoint deadline
                   ) -> absl::StatusOr<catalog::BucketConnection> {
        const topology::Shard& shard = topology.shard(topology.groups[group].map.owner(bucket));
        const auto options = catalog::connect_options(config, topology.servers[shard.server.value]);
        MOSAIC_ASSIGN_OR_RETURN(auto connection, pools->pool(options).checkout(deadline));
        return catalog::BucketConnection{std::move(connection), shard.name};
    };
    return catalog::make_composite_source(
        std::move(connect),
        config.composite.block_size,
        config.composite.durability,
        config.composite.failover_jump
    );
}

/// A table's scheme whose sources connect anew in each process.
std::shared_ptr<KeyScheme> make_scheme(
    const config::Config& config, const topology::Topology& topology, const std::string& table
) {
    const topology::Table& found = *topology.find_table(table);
    const auto tickets = std::make_shared<SourcePerProcess>([&config] {
        return catalog::make_ticket_source(make_pools(config), catalog::ticket_servers(config));
    });
    const auto counters = std::make_shared<SourcePerProcess>([&config, &topology, &found] {
        return make_counters(config, topology, found.group);
    });
    return must(catalog::make_key_scheme(config, topology, found, Registry(), tickets, counters));
}

/// Lines of `name` for all schemes.
std::vector<std::unique_ptr<Line>> make_lines(
    const std::vector<std::pair<std::string, std::shared_ptr<KeyScheme>>>& schemes,
    const std::string& folder,
    const std::string& name,
    std::size_t count
) {
    std::vector<std::unique_ptr<Line>> lines;
    for (const auto& [table, scheme] : schemes) {
        lines.push_back(std::make_unique<Line>(
            folder + "/" + name + "." + table,
            count,
            Duration::zero(),
            [scheme = scheme](std::span<Id> ids) {
                const std::optional<BucketId> bucket =
                    scheme->facts().needs_bucket ? std::optional(BucketId{7}) : std::nullopt;
                return scheme->next(ids, bucket, Clock::now() + 30s);
            }
        ));
    }
    return lines;
}

void check_refused(Client& client, const std::string& table) {
    const absl::Status status = client.next_id(table).status();
    const auto detail = error_detail(status);
    if (!detail || detail->id.number != errors::kClientForked.number)
        throw std::runtime_error("the client in the child gave an id of " + table);
}

void fork_and_draw(std::span<char*> arguments) {
    const std::string folder = arguments[1];
    const std::size_t count = std::stoull(arguments[2]);
    const Registry registry;
    const config::Config config = must(config::load(arguments[0], registry));
    const auto topology = must(catalog::make_topology(
        config, must(catalog::open_catalog(config.catalog)->read()), registry
    ));
    Client client = must(Client::open(arguments[0]));
    std::vector<std::pair<std::string, std::shared_ptr<KeyScheme>>> schemes;
    for (const char* table : {"users", "visits", "photos", "albums", "orders"})
        schemes.emplace_back(table, make_scheme(config, *topology, table));
    std::ignore = must(client.next_id("photos"));

    auto lines = make_lines(schemes, folder, "parent", count);
    Random random(1);
    for (int i = 0; i < 25; ++i)
        for (auto& line : lines) line->step(random);
    std::vector<pid_t> children;
    for (std::uint32_t i = 0; i < 8; ++i) {
        const pid_t child = ::fork();
        if (child != 0) {
            children.push_back(child);
            continue;
        }
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        try {
            for (const auto& [table, scheme] : schemes) check_refused(client, table);
            auto mine = make_lines(schemes, folder, "child" + std::to_string(i), count);
            Random own(i);
            fill(mine, own, Duration::zero());
        } catch (const std::exception& error) {
            std::cerr << "child " << i << ": " << error.what() << '\n';
            ::_exit(1);
        }
        ::_exit(0);
    }
    fill(lines, random, Duration::zero());
    for (const pid_t child : children) {
        int status = 0;
        if (::waitpid(child, &status, 0) != child || status != 0)
            throw std::runtime_error("a child ended with status " + std::to_string(status));
    }
    std::ignore = must(client.next_id("photos"));
}

}  // namespace
}  // namespace mosaic::test

int main(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    try {
        if (argc > 7 && arguments[1] == std::string("draw"))
            mosaic::test::draw(arguments.subspan(2));
        else if (argc == 5 && arguments[1] == std::string("fork"))
            mosaic::test::fork_and_draw(arguments.subspan(2));
        else
            throw std::runtime_error("unknown arguments");
    } catch (const std::exception& error) {
        std::cerr << "unique_ids_worker: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
