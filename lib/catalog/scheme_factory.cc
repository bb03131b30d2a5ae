#include "catalog/scheme_factory.h"

#include "base/status.h"
#include "keys/schemes.h"

#include <absl/strings/str_format.h>

#include <utility>

namespace mosaic::catalog {
namespace {

using topology::Table;
using topology::TableKind;

absl::Status no_scheme(const config::Config& config, const Table& table) {
    return make_error(
        errors::kKeySchemeMissing,
        absl::StrFormat(
            "make ids of table %s: it has no key scheme; give it one in %s, such as `ids: {column: "
            "id, "
            "scheme: uuid}`",
            table.name,
            config.file.string()
        )
    );
}

std::string known_schemes(const Registry& registry) {
    std::string known = "uuid, uuid_v4, ticket, composite";
    for (const std::string& name : registry.key_scheme_names()) known += ", " + name;
    return known;
}

absl::StatusOr<std::shared_ptr<KeyScheme>> make_registered(
    const Table& table, const Registry& registry
) {
    const KeySchemeFactory* factory = registry.key_scheme(table.ids->scheme);
    if (factory == nullptr)
        return make_error(
            errors::kKeySchemeMissing,
            absl::StrFormat(
                "make ids of table %s: this program knows no key scheme %s (it knows %s); register "
                "it, or "
                "use the tool of the program that does",
                table.name,
                table.ids->scheme,
                known_schemes(registry)
            )
        );
    return (*factory)(table.name);
}

absl::StatusOr<std::shared_ptr<KeyScheme>> make_ticket(
    const config::Config& config, const Table& table, std::shared_ptr<keys::BlockSource> tickets
) {
    if (tickets == nullptr)
        return make_error(
            errors::kTicketsUnavailable,
            absl::StrFormat(
                "make ids of table %s: its scheme is `ticket`, and %s names no ticket servers; add "
                "`tickets: {servers: [..]}`",
                table.name,
                config.file.string()
            )
        );
    const std::string& counter = table.ids->ticket_name;
    return keys::make_ticket_scheme(counter.empty() ? table.name : counter, std::move(tickets));
}

absl::StatusOr<std::shared_ptr<KeyScheme>> make_composite(
    const topology::Topology& topology,
    const Table& table,
    std::shared_ptr<keys::BlockSource> counters
) {
    if (table.kind != TableKind::kSharded)
        return make_error(
            errors::kKeySchemeMissing,
            absl::StrFormat(
                "make ids of table %s: a composite id holds the bucket of its row, and only a "
                "sharded "
                "table's rows have one; use `ticket` or `uuid`",
                table.name
            )
        );
    keys::CompositeSpec spec;
    const topology::TableGroup& group = topology.groups[table.group];
    spec.layout = group.composite_layout;
    spec.type = table.ids->type;
    spec.bucket_count = group.map.bucket_count();
    spec.counter = table.name;
    spec.is_child = table.ids->column != table.shard_key;
    return keys::make_composite_scheme(spec, std::move(counters));
}

}  // namespace

absl::StatusOr<std::shared_ptr<KeyScheme>> make_key_scheme(
    const config::Config& config,
    const topology::Topology& topology,
    const topology::Table& table,
    const Registry& registry,
    std::shared_ptr<keys::BlockSource> tickets,
    std::shared_ptr<keys::BlockSource> counters
) {
    if (!table.ids)
        return no_scheme(config, table);
    const std::string& scheme = table.ids->scheme;
    if (scheme == "uuid")
        return keys::make_uuid_scheme(keys::UuidVersion::kV7);
    if (scheme == "uuid_v4")
        return keys::make_uuid_scheme(keys::UuidVersion::kV4);
    if (scheme == "ticket")
        return make_ticket(config, table, std::move(tickets));
    if (scheme == "composite")
        return make_composite(topology, table, std::move(counters));
    return make_registered(table, registry);
}

}  // namespace mosaic::catalog
