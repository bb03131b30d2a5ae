#include "migrate/delivery.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace mosaic::migrate {
namespace {

using topology::TableKind;
using topology::Topology;

/// Where a table lives.
struct Home {
    TableKind kind = TableKind::kSharded;
    std::optional<std::size_t> group;  ///< kSharded; empty: of a table that is not configured.
    ShardId shard;                     ///< kLocal
};

bool are_together(const Home& a, const Home& b) {
    return a.kind == b.kind && a.shard == b.shard && (!a.group || !b.group || *a.group == *b.group);
}

absl::Status refuse(std::string_view why) {
    return absl::InvalidArgumentError(absl::StrFormat("%s", why));
}

std::string describe(const Home& home, const Topology& topology) {
    switch (home.kind) {
        case TableKind::kSharded:
            return home.group ? "sharded in group " + topology.groups[*home.group].name : "sharded";
        case TableKind::kReference:
            return "a reference table";
        case TableKind::kLocal:
            return "local to " + topology.shard(home.shard).name;
    }
    return "";
}

class Addresser {
public:
    Addresser(const MigrationFile& file, const Topology& topology)
        : file_(file), topology_(topology) {}

    [[nodiscard]] absl::StatusOr<Delivery> address(const FileStatement& statement) const {
        Delivery delivery;
        MOSAIC_ASSIGN_OR_RETURN(delivery.statement, scan(statement.tokens));
        MOSAIC_ASSIGN_OR_RETURN(const Home home, home_of_all(delivery.statement));
        MOSAIC_RETURN_IF_ERROR(check_trigger(delivery.statement));
        MOSAIC_RETURN_IF_ERROR(check_definition(delivery.statement, home));
        MOSAIC_RETURN_IF_ERROR(check_rows(delivery.statement, home));
        delivery.is_reference_write =
            home.kind == TableKind::kReference && changes_rows(delivery.statement.kind);
        if (home.kind == TableKind::kLocal) {
            delivery.shards.push_back(home.shard);
        } else {
            for (std::uint32_t i = 0; i < topology_.shards.size(); ++i)
                delivery.shards.push_back(ShardId{i});
        }
        return delivery;
    }

private:
    [[nodiscard]] absl::StatusOr<Home> home_of(const std::string& name) const {
        if (const topology::Table* table = topology_.find_table(name)) {
            Home home{table->kind, std::nullopt, {}};
            if (table->kind == TableKind::kSharded)
                home.group = table->group;
            if (table->kind == TableKind::kLocal)
                home.shard = table->shard;
            return home;
        }
        const auto declared = file_.declared().find(name);
        if (declared == file_.declared().end())
            return refuse(absl::StrFormat(
                "the configuration does not name table %s, so nobody knows where it lives; add it "
                "to a "
                "group, to reference_tables or to local_tables; or, if a later migration drops it, "
                "say "
                "so here: `-- mosaic: %s is sharded` (or `is reference`, `is local to SHARD`)",
                name,
                name
            ));
        return home_of_declared(name, declared->second);
    }

    [[nodiscard]] absl::StatusOr<Home> home_of_declared(
        const std::string& name, const DeclaredTable& declared
    ) const {
        if (declared.kind == DeclaredTable::Kind::kReference)
            return Home{TableKind::kReference, std::nullopt, {}};
        if (declared.kind == DeclaredTable::Kind::kSharded)
            return Home{TableKind::kSharded, std::nullopt, {}};
        const std::optional<ShardId> shard = topology_.find_shard(declared.shard);
        if (!shard)
            return refuse(absl::StrFormat(
                "its comment makes table %s local to %s, and the map has no such shard; see "
                "`mosaic "
                "map show`",
                name,
                declared.shard
            ));
        return Home{TableKind::kLocal, std::nullopt, *shard};
    }

    [[nodiscard]] absl::StatusOr<Home> home_of_all(const Scanned& statement) const {
        std::vector<std::string> tables = statement.tables;
        if (statement.kind == StatementKind::kDropTrigger)
            tables = tables_of_trigger(statement.trigger);
        if (tables.empty())
            return refuse(absl::StrFormat(
                "no table of the configuration names trigger %s; add it to its table's triggers",
                statement.trigger
            ));
        MOSAIC_ASSIGN_OR_RETURN(const Home first, home_of(tables.front()));
        for (const std::string& name : tables) {
            MOSAIC_ASSIGN_OR_RETURN(const Home home, home_of(name));
            if (!are_together(home, first))
                return refuse(absl::StrFormat(
                    "table %s is %s and table %s is %s, so no shard could do it alone; make the "
                    "new "
                    "table where it is to live and copy the rows through the client",
                    tables.front(),
                    describe(first, topology_),
                    name,
                    describe(home, topology_)
                ));
        }
        return first;
    }

    [[nodiscard]] std::vector<std::string> tables_of_trigger(const std::string& trigger) const {
        std::vector<std::string> tables;
        for (const auto& [name, table] : topology_.tables) {
            if (std::count(table.triggers.begin(), table.triggers.end(), trigger) != 0)
                tables.push_back(name);
        }
        std::sort(tables.begin(), tables.end());
        return tables;
    }

    [[nodiscard]] absl::Status check_trigger(const Scanned& statement) const {
        if (statement.kind != StatementKind::kCreateTrigger)
            return absl::OkStatus();
        const std::vector<std::string> tables = tables_of_trigger(statement.trigger);
        if (std::count(tables.begin(), tables.end(), statement.tables.front()) != 0)
            return absl::OkStatus();
        return refuse(absl::StrFormat(
            "nobody vouches for trigger %s; name it in the configuration (`triggers: [%s]` of "
            "table %s) "
            "if it changes no shard key and writes only beside its row",
            statement.trigger,
            statement.trigger,
            statement.tables.front()
        ));
    }

    [[nodiscard]] absl::Status check_definition(const Scanned& statement, const Home& home) const {
        if (statement.makes_auto_increment && home.kind != TableKind::kLocal)
            return refuse(absl::StrFormat(
                "it gives %s an AUTO_INCREMENT column, which counts on each shard for itself; %s",
                statement.tables.front(),
                home.kind == TableKind::kSharded ? "leave it out and give the table a key scheme "
                                                   "(`ids: {column: .., scheme: ticket}`)"
                                                 : "leave it out and insert explicit ids"
            ));
        if (statement.holds_query && !changes_rows(statement.kind))
            return refuse(
                "it fills a table from a query, which a shard would answer from its own rows "
                "alone; "
                "create the table empty and insert through the client"
            );
        for (const std::string& name : statement.referenced) {
            MOSAIC_ASSIGN_OR_RETURN(const Home parent, home_of(name));
            if (!are_together(parent, home) && parent.kind != TableKind::kReference)
                return refuse(absl::StrFormat(
                    "its foreign key points to %s (%s), whose rows need not be on the shard of %s "
                    "(%s); "
                    "leave the foreign key out, or put both tables into one group",
                    name,
                    describe(parent, topology_),
                    statement.tables.front(),
                    describe(home, topology_)
                ));
        }
        return absl::OkStatus();
    }

    [[nodiscard]] static absl::Status check_rows(const Scanned& statement, const Home& home) {
        if (!changes_rows(statement.kind))
            return absl::OkStatus();
        if (home.kind == TableKind::kSharded)
            return refuse(absl::StrFormat(
                "it changes rows of %s, which is sharded; do that through the client, which knows "
                "each "
                "row's shard",
                statement.tables.front()
            ));
        if (statement.holds_query)
            return refuse(
                "it reads rows by a query within, which a shard would answer from its own rows "
                "alone; "
                "write the values out"
            );
        if (home.kind == TableKind::kReference && !statement.unsteady.empty())
            return refuse(absl::StrFormat(
                "it writes reference table %s with `%s`, which would give each shard's copy "
                "another "
                "value; write the values out",
                statement.tables.front(),
                statement.unsteady
            ));
        return absl::OkStatus();
    }

    const MigrationFile& file_;
    const Topology& topology_;
};

}  // namespace

bool Delivery::concerns(ShardId shard) const {
    return std::binary_search(shards.begin(), shards.end(), shard);
}

absl::StatusOr<std::vector<Delivery>> address(
    const MigrationFile& file, const topology::Topology& topology
) {
    const Addresser addresser(file, topology);
    std::vector<Delivery> deliveries;
    std::string refused;
    for (std::size_t i = 0; i < file.statements().size(); ++i) {
        auto delivery = addresser.address(file.statements()[i]);
        if (delivery.ok()) {
            deliveries.push_back(*std::move(delivery));
            continue;
        }
        refused += absl::StrFormat(
            "%s%s: %s", refused.empty() ? "" : "\n", file.place(i), message_of(delivery.status())
        );
    }
    if (!refused.empty())
        return make_error(
            errors::kMigrationStatement, absl::StrFormat("ship migration %s", refused)
        );
    return deliveries;
}

}  // namespace mosaic::migrate
