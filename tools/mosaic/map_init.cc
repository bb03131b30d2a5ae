#include "map_init.h"

#include "base/status.h"
#include "catalog/catalog.h"
#include "catalog/connect.h"
#include "catalog/counters.h"
#include "catalog/identity.h"
#include "context.h"
#include "inspect/fetch.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <set>
#include <utility>

namespace mosaic::tool {
namespace {

using catalog::MapRecord;

// Whether the stored map is what this call would write, so that its work can be finished.
bool is_same_start(const MapRecord& stored, const MapRecord& wanted) {
    return stored.epoch == 1 && stored.shards == wanted.shards &&
           stored.groups == wanted.groups;
}

absl::Status map_exists(const config::Config& config, const MapRecord& stored) {
    return make_error(
        errors::kMapExists,
        absl::StrFormat(
            "write the first map: %s holds one already (epoch %d, %d shards), and it is not what "
            "this "
            "call would write; see `mosaic map show`, and change it by moves only",
            config.catalog.file.string(),
            stored.epoch,
            stored.shards.size()
        )
    );
}

std::string schema_list(const Context& context, ServerId server) {
    std::string list;
    for (const topology::Shard& shard : context.topology->shards) {
        if (shard.server != server)
            continue;
        list += list.empty() ? "" : ", ";
        append_text_literal(list, shard.name, Backslash::kIsLiteral);
    }
    return list;
}

absl::Status check_server(const Context& context, ServerId id) {
    const topology::Server& server = context.topology->servers[id.value];
    const std::string schemas = schema_list(context, id);
    if (schemas.empty())
        return absl::OkStatus();
    MOSAIC_ASSIGN_OR_RETURN(pool::PooledConnection connection, context.checkout(server));
    MOSAIC_ASSIGN_OR_RETURN(
        const Batch rows,
        inspect::fetch_all(
            *connection,
            "SELECT TABLE_SCHEMA, COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA IN (" +
                schemas + ") GROUP BY TABLE_SCHEMA ORDER BY TABLE_SCHEMA",
            context.deadline()
        )
    );
    if (rows.row_count() == 0)
        return absl::OkStatus();
    return make_error(
        errors::kIdentityMismatch,
        absl::StrFormat(
            "make shard %s on server %s (%s): the schema is there already and has %s tables, of "
            "which "
            "this map knows nothing; drop it, or choose another `database:` name",
            rows.cell(0, 0).value_or(""),
            server.name,
            server.primary.to_string(),
            rows.cell(0, 1).value_or("")
        )
    );
}

absl::Status check_servers(const Context& context) {
    for (std::uint32_t i = 0; i < context.topology->servers.size(); ++i)
        MOSAIC_RETURN_IF_ERROR(check_server(context, ServerId{i}));
    return absl::OkStatus();
}

absl::Status write_identities(const Context& context) {
    ErrorDetail detail;
    std::string reasons;
    for (std::uint32_t i = 0; i < context.topology->shards.size(); ++i) {
        const std::string& name = context.topology->shards[i].name;
        auto connection = context.checkout(context.topology->server_of(ShardId{i}));
        const absl::Status written =
            connection.ok() ? catalog::write_identity(
                                  **connection, *context.topology, ShardId{i}, context.deadline()
                              )
                            : connection.status();
        if (written.ok()) {
            detail.shards_done.push_back(name);
            continue;
        }
        detail.shards_not_done.push_back(name);
        reasons += absl::StrFormat("\n  %s: %s", name, message_of(written));
    }
    if (detail.shards_not_done.empty())
        return absl::OkStatus();
    detail.outcome = Outcome::kPartial;
    return make_error(
        errors::kIdentityMissing,
        absl::StrFormat(
            "make the shards' schemas: the map is written, but %d of %d shards are not ready; put "
            "that "
            "right and say the same again:%s",
            detail.shards_not_done.size(),
            context.topology->shards.size(),
            reasons
        ),
        detail
    );
}

std::vector<std::string> counters_of(const config::Config& config) {
    std::set<std::string> names;
    for (const config::TableSpec& spec : config.tables) {
        if (spec.table.ids && spec.table.ids->scheme == "ticket")
            names.insert(
                spec.table.ids->ticket_name.empty() ? spec.table.name : spec.table.ids->ticket_name
            );
    }
    return {names.begin(), names.end()};
}

absl::Status make_tickets(const Context& context, const std::vector<std::string>& counters) {
    const auto servers = catalog::ticket_servers(context.config);
    if (counters.empty() || servers.servers.empty())
        return absl::OkStatus();
    return catalog::create_tickets(
        *context.pools, servers, counters, context.config.tickets.block_size, context.deadline()
    );
}

}  // namespace

absl::StatusOr<Exit> init_map(const Tool& tool, int shards) {
    MOSAIC_ASSIGN_OR_RETURN(const config::Config config, tool.load_config());
    MOSAIC_ASSIGN_OR_RETURN(MapRecord map, catalog::first_map(config, shards, tool.registry()));
    map.epoch = 1;
    const std::unique_ptr<catalog::Catalog> catalog = catalog::open_catalog(config.catalog);
    const absl::StatusOr<MapRecord> stored = catalog->read();
    const auto detail = error_detail(stored.status());
    if (!stored.ok() && (!detail || detail->id.number != errors::kMapMissing.number))
        return stored.status();
    if (stored.ok()) {
        if (!is_same_start(*stored, map))
            return map_exists(config, *stored);
        map = *stored;
    }

    MOSAIC_ASSIGN_OR_RETURN(const Context context, make_context(config, map, tool.registry()));
    if (!stored.ok()) {
        MOSAIC_RETURN_IF_ERROR(check_servers(context));
        MOSAIC_RETURN_IF_ERROR(tool.confirm(absl::StrFormat(
            "Write a map of %d shards over %d servers to %s and make their schemas?",
            shards,
            config.servers.size(),
            config.catalog.file.string()
        )));
        MOSAIC_RETURN_IF_ERROR(catalog->publish(map));
    }
    MOSAIC_RETURN_IF_ERROR(write_identities(context));
    const std::vector<std::string> counters = counters_of(config);
    MOSAIC_RETURN_IF_ERROR(make_tickets(context, counters));
    print_line(absl::StrFormat(
        "%s: %d shards over %d servers, epoch %d, in %s%s",
        stored.ok() ? "the map was there; its schemas are ready" : "map written",
        map.shards.size(),
        config.servers.size(),
        map.epoch,
        config.catalog.file.string(),
        counters.empty() ? "" : "; tickets for " + absl::StrJoin(counters, ", ")
    ));
    return Exit::kDone;
}

}  // namespace mosaic::tool
