// mosaic map: which shard owns what.
#include "base/status.h"
#include "context.h"
#include "key_text.h"
#include "map_init.h"
#include "verbs.h"

#include <absl/strings/str_format.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <utility>

namespace mosaic::tool {
namespace {

using topology::TableGroup;
using topology::TableKind;

struct LocateOptions {
    std::string key;
    std::string table;
    std::string group;
    bool is_uuid = false;
    bool is_integer = false;
    bool is_text = false;
    bool is_hex = false;

    [[nodiscard]] KeyForm form() const {
        return is_uuid      ? KeyForm::kUuid
               : is_integer ? KeyForm::kInteger
               : is_text    ? KeyForm::kText
               : is_hex     ? KeyForm::kBytes
                            : KeyForm::kAny;
    }
};

void print_map_as_json(const Context& context) {
    const topology::Topology& topology = *context.topology;
    nlohmann::json groups = nlohmann::json::array();
    for (const TableGroup& group : topology.groups)
        groups.push_back(
            {{"name", group.name},
             {"partitioner", std::string(group.partitioner->name())},
             {"version", group.partitioner->version()},
             {"buckets", group.map.bucket_count()}}
        );
    nlohmann::json shards = nlohmann::json::array();
    for (std::uint32_t i = 0; i < topology.shards.size(); ++i) {
        nlohmann::json buckets = nlohmann::json::object();
        for (const TableGroup& group : topology.groups)
            buckets[group.name] = group.map.buckets_of(ShardId{i}).size();
        const topology::Server& server = topology.server_of(ShardId{i});
        shards.push_back(
            {{"name", topology.shards[i].name},
             {"server", server.name},
             {"endpoint", server.primary.to_string()},
             {"buckets", buckets}}
        );
    }
    const nlohmann::json map = {
        {"cluster_id", topology.cluster_id},
        {"epoch", topology.epoch.value},
        {"catalog", context.config.catalog.file.string()},
        {"groups", groups},
        {"shards", shards}};
    print_line(map.dump(2));
}

void print_map_as_table(const Context& context) {
    const topology::Topology& topology = *context.topology;
    print_line(absl::StrFormat(
        "map of epoch %d, cluster %s, in %s",
        topology.epoch.value,
        topology.cluster_id,
        context.config.catalog.file.string()
    ));
    std::vector<std::string> head{"SHARD", "SERVER", "ENDPOINT"};
    for (const TableGroup& group : topology.groups) {
        print_line(absl::StrFormat(
            "group %s: %s, %d buckets",
            group.name,
            group.partitioner->name(),
            group.map.bucket_count()
        ));
        head.push_back("BUCKETS OF " + group.name);
    }
    std::vector<std::vector<std::string>> rows;
    for (std::uint32_t i = 0; i < topology.shards.size(); ++i) {
        const topology::Server& server = topology.server_of(ShardId{i});
        std::vector<std::string> row{
            topology.shards[i].name, server.name, server.primary.to_string()};
        for (const TableGroup& group : topology.groups)
            row.push_back(std::to_string(group.map.buckets_of(ShardId{i}).size()));
        rows.push_back(std::move(row));
    }
    print_table(head, rows);
}

absl::StatusOr<Exit> show(const Tool& tool) {
    MOSAIC_ASSIGN_OR_RETURN(const Context context, open_context(tool));
    if (tool.wants_json())
        print_map_as_json(context);
    else
        print_map_as_table(context);
    return Exit::kDone;
}

absl::StatusOr<const TableGroup*> find_group(const Context& context, const std::string& name) {
    std::string known;
    for (const TableGroup& group : context.topology->groups) {
        if (group.name == name)
            return &group;
        known += (known.empty() ? "" : ", ") + group.name;
    }
    return make_error(
        errors::kToolUsage,
        absl::StrFormat("look up group %s: there is none; there are %s", name, known)
    );
}

void print_place(const Tool& tool, const Context& context, const PlacedKey& placed) {
    const topology::Shard& shard = context.topology->shard(placed.shard);
    const topology::Server& server = context.topology->server_of(placed.shard);
    if (!placed.note.empty())
        print_note("note: " + placed.note);
    if (tool.wants_json()) {
        const nlohmann::json place = {
            {"bucket", placed.bucket.value},
            {"shard", shard.name},
            {"server", server.name},
            {"endpoint", server.primary.to_string()},
            {"key_class", placed.key_class}};
        print_line(place.dump());
        return;
    }
    print_line(absl::StrFormat(
        "bucket %d, shard %s, server %s (%s)",
        placed.bucket.value,
        shard.name,
        server.name,
        server.primary.to_string()
    ));
}

absl::Status not_sharded(const Context& context, const topology::Table& table) {
    return make_error(
        errors::kToolUsage,
        absl::StrFormat(
            "locate a row of table %s: its rows are not placed by a key; %s",
            table.name,
            table.kind == TableKind::kReference
                ? "it is a reference table, all of it is on every shard"
                : "it is local to " + context.topology->shard(table.shard).name
        )
    );
}

absl::StatusOr<Exit> locate(const Tool& tool, const LocateOptions& options) {
    if (options.table.empty() == options.group.empty())
        return make_error(errors::kToolUsage, "locate a key: say either --table or --group");
    MOSAIC_ASSIGN_OR_RETURN(const Context context, open_context(tool));
    if (!options.group.empty()) {
        MOSAIC_ASSIGN_OR_RETURN(const TableGroup* group, find_group(context, options.group));
        MOSAIC_ASSIGN_OR_RETURN(
            const PlacedKey placed, place_key(*group, options.key, options.form())
        );
        print_place(tool, context, placed);
        return Exit::kDone;
    }
    MOSAIC_ASSIGN_OR_RETURN(const topology::Table* table, find_table(context, options.table));
    if (table->kind != TableKind::kSharded)
        return not_sharded(context, *table);
    MOSAIC_ASSIGN_OR_RETURN(
        const PlacedKey placed, place_key(context, *table, options.key, options.form())
    );
    print_place(tool, context, placed);
    return Exit::kDone;
}

void add_init(CLI::App& verb, Tool& tool) {
    CLI::App* command =
        verb.add_subcommand("init", "Write the first map and make the shards' schemas");
    const auto shards = std::make_shared<int>(0);
    tool.add_config(*command);
    tool.add_yes(*command);
    command->add_option("--shards", *shards, "How many logical shards")
        ->required()
        ->check(CLI::Range(1, 65536))
        ->type_name("N");
    tool.set_work(*command, [&tool, shards] { return init_map(tool, *shards); });
}

void add_locate(CLI::App& verb, Tool& tool) {
    CLI::App* command = verb.add_subcommand("locate", "Bucket, shard and server of a key");
    const auto options = std::make_shared<LocateOptions>();
    tool.add_config(*command);
    tool.add_format(*command);
    command->add_option("KEY", options->key, "The routing key")->required();
    command
        ->add_option("--table", options->table, "A sharded table; its column says what the key is")
        ->type_name("TABLE");
    command->add_option("--group", options->group, "A table group; the key is taken by its text")
        ->type_name("GROUP");
    CLI::Option* uuid =
        command->add_flag("--uuid", options->is_uuid, "The key is a UUID, as bytes");
    CLI::Option* integer =
        command->add_flag("--integer", options->is_integer, "The key is a number");
    CLI::Option* text = command->add_flag("--text", options->is_text, "The key is text");
    CLI::Option* hex =
        command->add_flag("--hex", options->is_hex, "The key is bytes, as hex digits");
    uuid->excludes(integer, text, hex);
    integer->excludes(text, hex);
    text->excludes(hex);
    tool.set_work(*command, [&tool, options] { return locate(tool, *options); });
}

}  // namespace

void add_map(CLI::App& app, Tool& tool) {
    CLI::App* verb = app.add_subcommand("map", "Which shard owns which bucket");
    verb->require_subcommand(1);
    add_init(*verb, tool);
    CLI::App* command = verb->add_subcommand("show", "Shards, servers, buckets, epoch");
    tool.add_config(*command);
    tool.add_format(*command);
    tool.set_work(*command, [&tool] { return show(tool); });
    add_locate(*verb, tool);
}

}  // namespace mosaic::tool
