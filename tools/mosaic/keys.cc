// mosaic keys: ids, made and read.
#include "base/status.h"
#include "catalog/connect.h"
#include "catalog/counters.h"
#include "catalog/scheme_factory.h"
#include "context.h"
#include "inspect/fetch.h"
#include "key_text.h"
#include "keys/schemes.h"
#include "types/literal.h"
#include "verbs.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace mosaic::tool {
namespace {

using topology::Table;

// Ids are printed as they come, a batch at a time.
constexpr std::uint64_t kBatch = 1000;

struct NextOptions {
    std::string table;
    std::uint64_t count = 1;
    std::string parent;
};

struct DecodeOptions {
    std::string id;
    std::string table;
};

struct AdvanceOptions {
    std::string counter;
    std::uint64_t at_least = 0;
    bool is_given = false;
};

// Local parts of composite ids, from the shards of the table's group.
std::shared_ptr<keys::BlockSource> counters_of(
    const Context& context, const Table& table, std::uint64_t count
) {
    auto connections = [context, group = table.group](
                           BucketId bucket, TimePoint
                       ) -> absl::StatusOr<catalog::BucketConnection> {
        const ShardId shard = context.topology->groups[group].map.owner(bucket);
        MOSAIC_ASSIGN_OR_RETURN(pool::PooledConnection connection, context.checkout(shard));
        return catalog::BucketConnection{
            std::move(connection), context.topology->shard(shard).name};
    };
    return catalog::make_composite_source(
        std::move(connections),
        std::min(count, kBatch),
        context.config.composite.durability,
        context.config.composite.failover_jump
    );
}

absl::StatusOr<std::shared_ptr<KeyScheme>> scheme_of(
    const Tool& tool, const Context& context, const Table& table, std::uint64_t count
) {
    std::shared_ptr<keys::BlockSource> tickets;
    if (auto servers = catalog::ticket_servers(context.config); !servers.servers.empty())
        tickets = catalog::make_ticket_source(context.pools, std::move(servers));
    std::shared_ptr<keys::BlockSource> counters;
    if (table.kind == topology::TableKind::kSharded)
        counters = counters_of(context, table, count);
    return catalog::make_key_scheme(
        context.config, *context.topology, table, tool.registry(), tickets, counters
    );
}

absl::StatusOr<std::optional<BucketId>> parent_bucket(
    const Context& context, const Table& table, const KeyScheme& scheme, const std::string& parent
) {
    if (parent.empty()) {
        if (!scheme.facts().needs_bucket)
            return std::nullopt;
        return make_error(
            errors::kKeyNeedsParent,
            absl::StrFormat(
                "make ids of table %s: they hold the bucket of their row's %s; say --parent with "
                "it",
                table.name,
                table.shard_key
            )
        );
    }
    if (table.kind != topology::TableKind::kSharded)
        return make_error(
            errors::kToolUsage,
            absl::StrFormat(
                "make ids of table %s: it is not sharded, so leave --parent out", table.name
            )
        );
    MOSAIC_ASSIGN_OR_RETURN(
        const PlacedKey placed, place_key(context, table, parent, KeyForm::kAny)
    );
    if (!placed.note.empty())
        print_note("note: " + placed.note);
    return placed.bucket;
}

absl::StatusOr<Exit> next(const Tool& tool, const NextOptions& options) {
    MOSAIC_ASSIGN_OR_RETURN(const Context context, open_context(tool));
    MOSAIC_ASSIGN_OR_RETURN(const Table* table, find_table(context, options.table));
    MOSAIC_ASSIGN_OR_RETURN(
        const std::shared_ptr<KeyScheme> scheme, scheme_of(tool, context, *table, options.count)
    );
    MOSAIC_ASSIGN_OR_RETURN(
        const std::optional<BucketId> bucket,
        parent_bucket(context, *table, *scheme, options.parent)
    );
    nlohmann::json all = nlohmann::json::array();
    for (std::uint64_t made = 0; made < options.count;) {
        std::vector<Id> ids(static_cast<std::size_t>(std::min(kBatch, options.count - made)));
        MOSAIC_RETURN_IF_ERROR(scheme->next(ids, bucket, context.deadline()));
        made += ids.size();
        for (const Id& id : ids) {
            if (!tool.wants_json())
                print_line(id.to_string());
            else if (id.is_uuid())
                all.push_back(id.to_string());
            else
                all.push_back(id.number());
        }
    }
    if (tool.wants_json())
        print_line(all.dump());
    return Exit::kDone;
}

absl::StatusOr<Id> read_id(const std::string& text) {
    std::uint64_t number = 0;
    if (absl::SimpleAtoi(text, &number))
        return Id(number);
    if (const auto uuid = Uuid::parse(text))
        return Id(*uuid);
    return make_error(
        errors::kToolUsage, absl::StrFormat("read id `%s`: it is neither a number nor a UUID", text)
    );
}

void print_parts(const Tool& tool, std::string_view scheme, const std::vector<IdPart>& parts) {
    if (tool.wants_json()) {
        nlohmann::json all = {{"scheme", std::string(scheme)}};
        for (const IdPart& part : parts) all[part.name] = part.value;
        print_line(all.dump());
        return;
    }
    std::vector<std::vector<std::string>> rows{{"scheme", std::string(scheme)}};
    for (const IdPart& part : parts) rows.push_back({part.name, part.value});
    print_table({"PART", "VALUE"}, rows);
}

// Of the tables whose composite ids have the type that the number holds.
const Table* table_of_composite(const Context& context, std::uint64_t number) {
    const Table* found = nullptr;
    for (const auto& [name, table] : context.topology->tables) {
        if (!table.ids || table.ids->scheme != "composite")
            continue;
        const keys::CompositeLayout& layout = context.topology->groups[table.group].composite_layout;
        const bool fits = keys::decompose(layout, number).type == table.ids->type;
        if (fits && (found == nullptr || table.name < found->name))
            found = &table;
    }
    return found;
}

absl::StatusOr<Exit> decode(const Tool& tool, const DecodeOptions& options) {
    MOSAIC_ASSIGN_OR_RETURN(const Id id, read_id(options.id));
    if (options.table.empty() && id.is_uuid()) {
        const auto scheme = keys::make_uuid_scheme(keys::UuidVersion::kV7);
        MOSAIC_ASSIGN_OR_RETURN(const std::vector<IdPart> parts, scheme->decode(id));
        print_parts(tool, "uuid", parts);
        return Exit::kDone;
    }
    MOSAIC_ASSIGN_OR_RETURN(const Context context, open_context(tool));
    const Table* table = nullptr;
    if (options.table.empty()) {
        table = table_of_composite(context, id.number());
    } else {
        MOSAIC_ASSIGN_OR_RETURN(table, find_table(context, options.table));
    }
    if (table == nullptr)
        return make_error(
            errors::kToolUsage,
            absl::StrFormat(
                "read id %s: no table's composite ids are of its type; say --table", options.id
            )
        );
    MOSAIC_ASSIGN_OR_RETURN(
        const std::shared_ptr<KeyScheme> scheme, scheme_of(tool, context, *table, 1)
    );
    MOSAIC_ASSIGN_OR_RETURN(std::vector<IdPart> parts, scheme->decode(id));
    parts.insert(parts.begin(), {"table", table->name});
    if (const auto bucket = scheme->bucket_of(id);
        bucket && table->kind == topology::TableKind::kSharded) {
        const topology::TableGroup& group = context.topology->groups[table->group];
        if (bucket->value < group.map.bucket_count())
            parts.push_back({"shard", context.topology->shard(group.map.owner(*bucket)).name});
    }
    print_parts(tool, scheme->facts().name, parts);
    return Exit::kDone;
}

absl::StatusOr<std::vector<const Table*>> tables_of_counter(
    const Context& context, const std::string& counter
) {
    std::vector<const Table*> tables;
    for (const auto& [name, table] : context.topology->tables) {
        if (!table.ids || table.ids->scheme != "ticket")
            continue;
        const std::string& own = table.ids->ticket_name;
        if ((own.empty() ? table.name : own) == counter)
            tables.push_back(&table);
    }
    if (!tables.empty())
        return tables;
    const Table* named = context.topology->find_table(counter);
    const bool is_composite = named != nullptr && named->ids && named->ids->scheme == "composite";
    return make_error(
        errors::kTicketMissing,
        absl::StrFormat(
            "advance counter %s: %s",
            counter,
            is_composite
                ? "its ids are composite, and their counters are in the shards beside the rows, "
                  "restored with them"
                : "no table of the configuration has tickets from it; see `ids:` there"
        )
    );
}

absl::StatusOr<std::uint64_t> highest_on(
    const Context& context, ShardId shard, const Table& table
) {
    MOSAIC_ASSIGN_OR_RETURN(pool::PooledConnection connection, context.checkout(shard));
    std::string sql = "SELECT COALESCE(MAX(";
    append_identifier(sql, table.ids->column);
    sql += "), 0) FROM ";
    append_identifier(sql, context.topology->shard(shard).name);
    sql += ".";
    append_identifier(sql, table.name);
    MOSAIC_ASSIGN_OR_RETURN(
        const Batch rows, inspect::fetch_all(*connection, sql, context.deadline())
    );
    const std::string text(rows.cell(0, 0).value_or(""));
    std::uint64_t highest = 0;
    if (!absl::SimpleAtoi(text, &highest))
        return make_error(
            errors::kIdNotOfScheme,
            absl::StrFormat(
                "read the highest id of table %s on shard %s: `%s` is no ticket; say --at-least",
                table.name,
                context.topology->shard(shard).name,
                text
            )
        );
    return highest;
}

// Every shard must answer: an id that is not seen could be handed out again.
absl::StatusOr<std::uint64_t> highest_id(
    const Context& context, const std::vector<const Table*>& tables
) {
    std::uint64_t highest = 0;
    for (const Table* table : tables) {
        for (std::uint32_t i = 0; i < context.topology->shards.size(); ++i) {
            if (table->kind == topology::TableKind::kLocal && table->shard != ShardId{i})
                continue;
            MOSAIC_ASSIGN_OR_RETURN(
                const std::uint64_t here, highest_on(context, ShardId{i}, *table)
            );
            highest = std::max(highest, here);
        }
    }
    return highest;
}

absl::StatusOr<Exit> advance(const Tool& tool, const AdvanceOptions& options) {
    MOSAIC_ASSIGN_OR_RETURN(const Context context, open_context(tool));
    MOSAIC_ASSIGN_OR_RETURN(
        const std::vector<const Table*> tables, tables_of_counter(context, options.counter)
    );
    const auto servers = catalog::ticket_servers(context.config);
    if (servers.servers.empty())
        return make_error(
            errors::kTicketsUnavailable,
            absl::StrFormat(
                "advance counter %s: %s names no ticket servers",
                options.counter,
                context.config.file.string()
            )
        );
    std::uint64_t at_least = options.at_least;
    if (!options.is_given) {
        MOSAIC_ASSIGN_OR_RETURN(at_least, highest_id(context, tables));
    }
    MOSAIC_ASSIGN_OR_RETURN(
        const std::uint64_t first,
        catalog::advance_tickets(
            *context.pools, servers, options.counter, at_least, context.deadline()
        )
    );
    if (tool.wants_json())
        print_line(nlohmann::json(
                       {{"counter", options.counter}, {"at_least", at_least}, {"next", first}}
        ).dump());
    else
        print_line(absl::StrFormat(
            "counter %s: past %d; the next id is %d or higher", options.counter, at_least, first
        ));
    return Exit::kDone;
}

void add_next(CLI::App& verb, Tool& tool) {
    CLI::App* command = verb.add_subcommand("next", "Make new ids of a table; they are used up");
    const auto options = std::make_shared<NextOptions>();
    tool.add_config(*command);
    tool.add_format(*command);
    command->add_option("TABLE", options->table, "A table with a key scheme")->required();
    command->add_option("--count", options->count, "How many (default 1)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{10'000'000}))
        ->type_name("N");
    command->add_option("--parent", options->parent, "The shard key of the row that they are for")
        ->type_name("KEY");
    tool.set_work(*command, [&tool, options] { return next(tool, *options); });
}

void add_decode(CLI::App& verb, Tool& tool) {
    CLI::App* command = verb.add_subcommand("decode", "What an id says of itself");
    const auto options = std::make_shared<DecodeOptions>();
    tool.add_config(*command);
    tool.add_format(*command);
    command->add_option("ID", options->id, "A number or a UUID")->required();
    command->add_option("--table", options->table, "The table it is of")->type_name("TABLE");
    tool.set_work(*command, [&tool, options] { return decode(tool, *options); });
}

void add_advance(CLI::App& verb, Tool& tool) {
    CLI::App* command = verb.add_subcommand(
        "advance", "Move a ticket counter past all ids in use, as after a restore"
    );
    const auto options = std::make_shared<AdvanceOptions>();
    tool.add_config(*command);
    tool.add_format(*command);
    command->add_option("NAME", options->counter, "The counter; the table's name unless configured")
        ->required();
    CLI::Option* at_least =
        command
            ->add_option(
                "--at-least", options->at_least, "Past this (default: the highest id on all shards)"
            )
            ->type_name("ID");
    tool.set_work(*command, [&tool, options, at_least] {
        options->is_given = at_least->count() > 0;
        return advance(tool, *options);
    });
}

}  // namespace

void add_keys(CLI::App& app, Tool& tool) {
    CLI::App* verb = app.add_subcommand("keys", "Make ids, read them, move their counters");
    verb->require_subcommand(1);
    add_next(*verb, tool);
    add_decode(*verb, tool);
    add_advance(*verb, tool);
}

}  // namespace mosaic::tool
