#include "client/key_schemes.h"

#include "base/status.h"
#include "catalog/scheme_factory.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::client {
namespace {

std::shared_ptr<keys::BlockSource> make_tickets(
    const config::Config& config, std::shared_ptr<pool::Pools> pools
) {
    if (config.tickets.servers.empty())
        return nullptr;
    return catalog::make_ticket_source(std::move(pools), catalog::ticket_servers(config));
}

}  // namespace

KeySchemes::KeySchemes(
    const config::Config& config,
    const topology::Topology& topology,
    Registry registry,
    std::shared_ptr<pool::Pools> pools,
    exec::Servers& servers
)
    : config_(config),
      topology_(topology),
      registry_(std::move(registry)),
      servers_(servers),
      tickets_(make_tickets(config, std::move(pools))) {}

std::shared_ptr<keys::BlockSource> KeySchemes::counters_of(std::size_t group) const {
    auto connect = [this, group](
                       BucketId bucket, TimePoint deadline
                   ) -> absl::StatusOr<catalog::BucketConnection> {
        const ShardId shard = topology_.groups[group].map.owner(bucket);
        MOSAIC_ASSIGN_OR_RETURN(
            pool::PooledConnection connection, servers_.checkout(topology_, shard, deadline)
        );
        return catalog::BucketConnection{std::move(connection), topology_.shard(shard).name};
    };
    return catalog::make_composite_source(
        std::move(connect),
        config_.composite.block_size,
        config_.composite.durability,
        config_.composite.failover_jump
    );
}

absl::StatusOr<std::shared_ptr<KeyScheme>> KeySchemes::of(const topology::Table& table) {
    if (!table.ids)
        return make_error(
            errors::kKeySchemeMissing,
            absl::StrFormat(
                "make an id for table %s: the configuration gives it no key scheme; add ids: "
                "{column: "
                ".., scheme: ..}",
                table.name
            )
        );
    const MutexLock lock(mutex_);
    if (const auto found = made_.find(table.name); found != made_.end())
        return found->second;
    std::shared_ptr<keys::BlockSource> counters;
    if (table.kind == topology::TableKind::kSharded)
        counters = counters_of(table.group);
    MOSAIC_ASSIGN_OR_RETURN(
        std::shared_ptr<KeyScheme> scheme,
        catalog::make_key_scheme(
            config_, topology_, table, registry_, tickets_, std::move(counters)
        )
    );
    made_[table.name] = scheme;
    return scheme;
}

}  // namespace mosaic::client
