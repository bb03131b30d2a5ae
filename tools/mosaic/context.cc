#include "context.h"

#include "base/status.h"
#include "catalog/connect.h"
#include "catalog/identity.h"

#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <utility>

namespace mosaic::tool {
namespace {

// Nobody waits behind the tool: it would rather wait for a slow connect than fail.
constexpr std::chrono::milliseconds kCheckoutTimeout{10'000};

}  // namespace

TimePoint Context::deadline() const {
    return std::chrono::steady_clock::now() + config.options.limits.deadline_default;
}

absl::StatusOr<pool::PooledConnection> Context::checkout(const topology::Server& server) const {
    return pools->pool(catalog::connect_options(config, server)).checkout(deadline());
}

absl::StatusOr<pool::PooledConnection> Context::checkout(ShardId shard) const {
    MOSAIC_ASSIGN_OR_RETURN(
        pool::PooledConnection connection, checkout(topology->server_of(shard))
    );
    MOSAIC_RETURN_IF_ERROR(catalog::check_identity(*connection, *topology, shard, deadline()));
    return connection;
}

absl::StatusOr<Context> make_context(
    config::Config config, const catalog::MapRecord& map, const Registry& registry
) {
    Context context;
    context.config = std::move(config);
    MOSAIC_ASSIGN_OR_RETURN(
        context.topology, catalog::make_topology(context.config, map, registry)
    );
    std::shared_ptr<driver::Driver> driver = driver::make_driver(context.config.options.driver);
    if (driver == nullptr)
        return make_error(
            errors::kConfigInvalid,
            absl::StrFormat(
                "open %s: there is no driver %s",
                context.config.file.string(),
                context.config.options.driver
            )
        );
    PoolOptions pool = context.config.options.pool;
    pool.checkout_timeout = std::max(pool.checkout_timeout, kCheckoutTimeout);
    context.pools = std::make_shared<pool::Pools>(std::move(driver), pool);
    return context;
}

absl::StatusOr<Context> open_context(const Tool& tool) {
    MOSAIC_ASSIGN_OR_RETURN(config::Config config, tool.load_config());
    MOSAIC_ASSIGN_OR_RETURN(
        const catalog::MapRecord map, catalog::open_catalog(config.catalog)->read()
    );
    return make_context(std::move(config), map, tool.registry());
}

absl::StatusOr<const topology::Table*> find_table(const Context& context, std::string_view name) {
    if (const topology::Table* table = context.topology->find_table(name))
        return table;
    std::vector<std::string> names;
    for (const auto& [known, table] : context.topology->tables) names.push_back(known);
    std::sort(names.begin(), names.end());
    return make_error(
        errors::kUnknownTable,
        absl::StrFormat(
            "look up table %s: %s does not name it; it names %s",
            name,
            context.config.file.string(),
            absl::StrJoin(names, ", ")
        )
    );
}

}  // namespace mosaic::tool
