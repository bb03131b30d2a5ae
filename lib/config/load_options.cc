// `tickets`, `composite`, `pool`, `limits`.
#include "config/loading.h"
#include "config/nearest.h"

#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::config {
namespace {

constexpr std::uint64_t kBlockMax = 1'000'000'000;
constexpr std::uint64_t kJumpMax = 1'000'000'000'000;
constexpr std::uint64_t kDayMs = 86'400'000;

void read_durability(const Loading& loading, const Place* place, CounterDurability& out) {
    std::string word;
    if (read_word(place, {"machine", "process"}, word, loading.mistakes))
        out = word == "process" ? CounterDurability::kProcess : CounterDurability::kMachine;
}

void check_ticket_servers(const Loading& loading, const Place* list) {
    std::vector<std::string> known;
    for (const topology::Server& server : loading.config.servers) known.push_back(server.name);
    std::vector<std::string> seen;
    for (const Place& place : read_list(list, loading.mistakes)) {
        std::string name;
        if (!read_text(&place, name, loading.mistakes))
            continue;
        if (std::find(known.begin(), known.end(), name) == known.end())
            loading.mistakes.add(
                place,
                absl::StrFormat(
                    "\"%s\" is no server; servers are %s%s",
                    name,
                    join(known),
                    did_you_mean(name, known)
                )
            );
        else if (std::find(seen.begin(), seen.end(), name) != seen.end())
            loading.mistakes.add(
                place,
                absl::StrFormat("server \"%s\" is here twice; name each ticket server once", name)
            );
        seen.push_back(name);
    }
    loading.config.tickets.servers = seen;
    if (list != nullptr && list->node.IsSequence() && seen.empty())
        loading.mistakes.add(
            *list, "the list is empty; name at least one server, or leave tickets out"
        );
}

}  // namespace

void load_tickets(Loading& loading, const Place* place) {
    if (place == nullptr)
        return;
    MapReader map(
        *place, {"servers", "schema", "block_size", "durability", "failover_jump"}, loading.mistakes
    );
    loading.has_tickets = true;
    TicketSpec& tickets = loading.config.tickets;
    check_ticket_servers(loading, map.require("servers", "[s1, s2]"));
    read_name(loading, map.find("schema"), 64, tickets.schema);
    read_whole(map.find("block_size"), {1, kBlockMax}, tickets.block_size, loading.mistakes);
    read_durability(loading, map.find("durability"), tickets.durability);
    read_whole(map.find("failover_jump"), {1, kJumpMax}, tickets.failover_jump, loading.mistakes);
}

void load_composite(Loading& loading, const Place* place) {
    if (place == nullptr)
        return;
    const MapReader map(*place, {"block_size", "durability", "failover_jump"}, loading.mistakes);
    CompositeCounterSpec& composite = loading.config.composite;
    read_whole(map.find("block_size"), {1, kBlockMax}, composite.block_size, loading.mistakes);
    read_durability(loading, map.find("durability"), composite.durability);
    read_whole(
        map.find("failover_jump"), {1, kBlockMax}, composite.failover_jump, loading.mistakes
    );
}

void load_pool(Loading& loading, const Place* place) {
    if (place == nullptr)
        return;
    Mistakes& mistakes = loading.mistakes;
    const MapReader map(
        *place,
        {"size_max",
         "checkout_timeout",
         "idle_max",
         "lifetime_max",
         "connections_per_call_max",
         "connect_timeout"},
        mistakes
    );
    PoolOptions& pool = loading.config.options.pool;
    read_number(map.find("size_max"), {1, 10'000}, pool.size_max, mistakes);
    read_duration(map.find("checkout_timeout"), {0, kDayMs}, pool.checkout_timeout, mistakes);
    read_duration(map.find("idle_max"), {1000, kDayMs}, pool.idle_max, mistakes);
    read_duration(map.find("lifetime_max"), {1000, 7 * kDayMs}, pool.lifetime_max, mistakes);
    read_number(
        map.find("connections_per_call_max"), {1, 1000}, pool.connections_per_call_max, mistakes
    );
    read_duration(map.find("connect_timeout"), {1, 300'000}, pool.connect_timeout, mistakes);
}

void load_limits(Loading& loading, const Place* place) {
    if (place == nullptr)
        return;
    Mistakes& mistakes = loading.mistakes;
    const MapReader map(
        *place,
        {"deadline_default", "bytes_max", "groups_max", "fan_out_max", "plans_max"},
        mistakes
    );
    Limits& limits = loading.config.options.limits;
    read_duration(map.find("deadline_default"), {1, kDayMs}, limits.deadline_default, mistakes);
    std::uint64_t bytes = limits.bytes_max;
    read_bytes(map.find("bytes_max"), {1u << 10, std::uint64_t{1} << 40}, bytes, mistakes);
    limits.bytes_max = bytes;
    read_number(map.find("groups_max"), {1, 1'000'000'000}, limits.groups_max, mistakes);
    read_number(map.find("fan_out_max"), {1, 65'536}, limits.fan_out_max, mistakes);
    read_number(map.find("plans_max"), {1, 1'000'000}, limits.plans_max, mistakes);
}

}  // namespace mosaic::config
