#include "plan/calls.h"
#include "plan/constants.h"
#include "plan/faults.h"
#include "plan/planner.h"
#include "plan/routing.h"
#include "plan/rules.h"

#include <absl/strings/str_format.h>

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mosaic::plan {
namespace {

void append(sql::Template& out, const sql::Template& more) {
    const auto offset = static_cast<std::uint32_t>(out.text.size());
    for (const sql::Template::Gap& gap : more.gaps)
        out.gaps.push_back({gap.offset + offset, gap.hole});
    out.text.append(more.text);
}

void append_hole(sql::Template& out, sql::Hole hole) {
    out.gaps.push_back({static_cast<std::uint32_t>(out.text.size()), hole});
}

absl::Status not_routed(
    const topology::Table& table, std::string_view what, std::string_view remedy
) {
    return make_error(
        errors::kInsertNotRouted,
        absl::StrFormat("plan an INSERT into table %s: %s; %s", table.name, what, remedy)
    );
}

/// Splits an INSERT into a head, rows with their shard keys, and a tail.
class InsertPlanner {
public:
    InsertPlanner(
        const PlanInput& input,
        const topology::Table& table,
        const schema::TableDef& definition,
        Plan& plan
    )
        : input_(input),
          insert_(*input.statement.insert),
          table_(table),
          definition_(definition),
          plan_(plan) {}

    absl::Status run() {
        MOSAIC_RETURN_IF_ERROR(check());
        MOSAIC_RETURN_IF_ERROR(find_columns());
        make_head();
        for (const auto& row : insert_.rows) MOSAIC_RETURN_IF_ERROR(add_row(row));
        make_tail();
        plan_.insert = std::move(out_);
        return absl::OkStatus();
    }

private:
    absl::Status check() {
        constexpr std::string_view kByHand = "read the rows first and insert them as VALUES";
        if (insert_.query != nullptr)
            return not_routed(
                table_, "the shards of the rows that its SELECT gives are not known", kByHand
            );
        if (!input_.mentions.queries.empty())
            return not_routed(table_, "it has a subquery", kByHand);
        for (const sql::Assignment& assignment : insert_.on_duplicate) {
            const std::string_view column = assignment.column->text;
            if (is_same_column(column, table_.shard_key) || is_composite_id(column)) {
                return make_error(
                    errors::kShardKeyChanged,
                    absl::StrFormat(
                        "plan an INSERT into table %s: ON DUPLICATE KEY UPDATE sets %s, which "
                        "places "
                        "the row; leave it out",
                        table_.name,
                        column
                    )
                );
            }
        }
        plan_.why_not_scatter = check_repeatable(input_.mentions);
        if (plan_.why_not_scatter.ok() && !insert_.returning.empty() && insert_.rows.size() > 1)
            plan_.why_not_scatter = not_routed(
                table_, "RETURNING gives rows of several shards", "insert the rows of one shard"
            );
        return absl::OkStatus();
    }

    [[nodiscard]] bool is_composite_id(std::string_view column) const {
        return table_.ids && table_.ids->scheme == "composite" &&
               is_same_column(column, table_.ids->column);
    }

    absl::Status find_columns() {
        for (const sql::Expr* column : insert_.columns) columns_.emplace_back(column->text);
        const bool is_all = !insert_.has_columns && insert_.columns.empty();
        const bool is_empty_row = insert_.rows.size() == 1 && insert_.rows[0].empty();
        if (is_all && !is_empty_row) {
            for (const schema::ColumnDef& column : definition_.columns)
                columns_.push_back(column.name);
        }
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (is_same_column(columns_[i], table_.shard_key))
                key_ = i;
            if (table_.ids && is_same_column(columns_[i], table_.ids->column))
                id_ = i;
        }
        written_ = columns_.size();
        if (table_.ids && !id_) {
            id_ = columns_.size();
            columns_.push_back(table_.ids->column);
            if (is_same_column(table_.ids->column, table_.shard_key))
                key_ = id_;
        }
        if (key_)
            return absl::OkStatus();
        return key_missing("its column list leaves it out");
    }

    [[nodiscard]] absl::Status key_missing(std::string_view how) const {
        return make_error(
            errors::kShardKeyMissing,
            absl::StrFormat(
                "plan an INSERT into table %s: a row has no shard key %s (%s), so its shard is not "
                "known; give %s a value",
                table_.name,
                table_.shard_key,
                how,
                table_.shard_key
            )
        );
    }

    void make_head() {
        std::string& text = out_.head.text;
        text = insert_.is_replace ? "REPLACE " : "INSERT ";
        if (!insert_.priority.empty())
            text.append(insert_.priority).append(" ");
        if (insert_.is_ignore)
            text.append("IGNORE ");
        text.append("INTO ");
        append_hole(out_.head, sql::Hole{.kind = sql::Hole::Kind::kSchema});
        text.push_back('.');
        append_identifier(text, insert_.table->name);
        text.append(" (");
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (i > 0)
                text.append(", ");
            append_identifier(text, columns_[i]);
        }
        text.append(") VALUES ");
    }

    absl::Status add_row(std::span<const sql::Expr* const> values) {
        if (values.size() != written_) {
            return make_error(
                errors::kInsertNotRouted,
                absl::StrFormat(
                    "plan an INSERT into table %s: row %d has %d values for %d columns; give each "
                    "column a value",
                    table_.name,
                    out_.rows.size() + 1,
                    values.size(),
                    written_
                ),
                as_server(1136, "21S01")
            );
        }
        InsertRow row;
        std::optional<ValueRef> generated;
        if (id_ && (*id_ >= values.size() || is_default(*values[*id_]))) {
            MOSAIC_ASSIGN_OR_RETURN(generated, add_generated());
        }
        MOSAIC_ASSIGN_OR_RETURN(row.key, key_of(values, generated));
        if (generated && *key_ != *id_)
            out_.generated.back().parent_key = row.key;
        if (!generated && id_ && is_composite_id(table_.ids->column)) {
            row.composite_id = constant_of(*values[*id_]);
            if (!row.composite_id)
                return unknown_value(table_.ids->column);
        }
        row.text = row_text(values, generated);
        out_.rows.push_back(std::move(row));
        return absl::OkStatus();
    }

    static bool is_default(const sql::Expr& value) {
        return value.kind == sql::ExprKind::kDefault && value.args.empty();
    }

    absl::StatusOr<ValueRef> add_generated() {
        const std::size_t number = plan_.parameter_count + out_.generated.size();
        if (number > std::numeric_limits<std::uint16_t>::max())
            return not_routed(
                table_, "it has more than 65535 values", "insert fewer rows at a time"
            );
        GeneratedId id;
        id.table = table_.name;
        id.value = static_cast<std::uint16_t>(number);
        out_.generated.push_back(std::move(id));
        return ValueRef(static_cast<std::uint16_t>(number));
    }

    [[nodiscard]] absl::Status unknown_value(std::string_view column) const {
        return not_routed(
            table_,
            absl::StrFormat("the value of %s, which places the row, is an expression", column),
            "give a literal or bind the value"
        );
    }

    absl::StatusOr<ValueRef> key_of(
        std::span<const sql::Expr* const> values, const std::optional<ValueRef>& generated
    ) const {
        if (generated && *key_ == *id_)
            return *generated;
        const sql::Expr& value = *values[*key_];
        if (value.kind == sql::ExprKind::kDefault)
            return key_missing("DEFAULT");
        std::optional<ValueRef> key = constant_of(value);
        if (!key)
            return unknown_value(table_.shard_key);
        const Value* literal = std::get_if<Value>(&*key);
        if (literal != nullptr && literal->is_null())
            return key_missing("NULL");
        return *std::move(key);
    }

    sql::Template row_text(
        std::span<const sql::Expr* const> values, const std::optional<ValueRef>& generated
    ) const {
        sql::Template text;
        text.text = "(";
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (i > 0)
                text.text.append(", ");
            if (generated && i == *id_) {
                sql::Hole hole{.kind = sql::Hole::Kind::kValue};
                hole.index = std::get<std::uint16_t>(*generated);
                append_hole(text, hole);
            } else {
                append(text, print(*values[i]));
            }
        }
        text.text.push_back(')');
        return text;
    }

    [[nodiscard]] sql::Template print(const sql::Expr& expr) const {
        return sql::print(*without_schema(&expr), print_options(input_.facts));
    }

    [[nodiscard]] const sql::Expr* without_schema(const sql::Expr* expr) const {
        return plan::without_schema(*expr, input_.arena);
    }

    void make_tail() {
        sql::Template& tail = out_.tail;
        for (std::size_t i = 0; i < insert_.on_duplicate.size(); ++i) {
            tail.text.append(i == 0 ? " ON DUPLICATE KEY UPDATE " : ", ");
            append(tail, print(*insert_.on_duplicate[i].column));
            tail.text.append(" = ");
            append(tail, print(*insert_.on_duplicate[i].value));
        }
        for (std::size_t i = 0; i < insert_.returning.size(); ++i) {
            tail.text.append(i == 0 ? " RETURNING " : ", ");
            append_item(tail, insert_.returning[i]);
        }
    }

    // An expression is printed in another form than it was written in; its label stays.
    void append_item(sql::Template& tail, const sql::SelectItem& item) const {
        append(tail, print(*item.expr));
        const bool has_label =
            item.expr->kind == sql::ExprKind::kColumn || item.expr->kind == sql::ExprKind::kStar;
        if (!item.has_alias() && has_label)
            return;
        tail.text.append(" AS ");
        append_identifier(tail.text, item.has_alias() ? item.alias : item.source);
    }

    const PlanInput& input_;
    const sql::Insert& insert_;
    const topology::Table& table_;
    const schema::TableDef& definition_;
    Plan& plan_;
    InsertPlan out_;
    std::vector<std::string> columns_;
    std::size_t written_ = 0;  ///< How many of them the statement itself gives values for.
    std::optional<std::size_t> key_;
    std::optional<std::size_t> id_;
};

}  // namespace

absl::Status plan_insert(const PlanInput& input, Plan& plan) {
    plan.access = Access::kInsert;
    const sql::Insert& insert = *input.statement.insert;
    Router router(input.topology, input.schema, plan);
    MOSAIC_ASSIGN_OR_RETURN(const Scope* scope, router.add_tables(*insert.table, nullptr));
    const BoundTable& bound = scope->tables.front();
    MOSAIC_RETURN_IF_ERROR(check_written(*bound.table));
    plan.written_table = bound.table->name;
    if (bound.table->kind == topology::TableKind::kSharded)
        return InsertPlanner(input, *bound.table, *bound.definition, plan).run();

    if (insert.query != nullptr)
        MOSAIC_RETURN_IF_ERROR(router.add_query(*insert.query, nullptr));
    for (const auto& row : insert.rows) {
        for (const sql::Expr* value : row) MOSAIC_RETURN_IF_ERROR(router.add_expr(value, *scope));
    }
    for (const sql::Assignment& assignment : insert.on_duplicate)
        MOSAIC_RETURN_IF_ERROR(router.add_expr(assignment.value, *scope));
    router.finish();
    plan.why_not_scatter = not_routed(
        *bound.table,
        "the rows that it reads are not all on the shard of this local table",
        "read them first and insert them as VALUES"
    );
    return absl::OkStatus();
}

}  // namespace mosaic::plan
