#include "plan/gather_keys.h"

#include "plan/scatter_tree.h"

#include <algorithm>
#include <optional>

namespace mosaic::plan {
namespace {

using sql::Expr;
using sql::ExprKind;

bool is_plain_integer(const schema::ColumnDef& column) {
    switch (column.type) {
        case ColumnType::kTinyInt:
        case ColumnType::kSmallInt:
        case ColumnType::kMediumInt:
        case ColumnType::kInt:
        case ColumnType::kBigInt:
            return !column.is_zerofill && !column.is_other;
        default:  // NOLINT: texts compare by collation, the rest by rules of its own
            return false;
    }
}

/// Whether it may be a column that a join merged: of which side its values are is the join's to
/// say.
bool is_merged(const Expr& column, const Scope& scope) {
    if (!column.qualifier.empty())
        return false;
    for (const Scope* at = &scope; at != nullptr; at = at->outer) {
        for (const std::string_view name : at->merged_columns) {
            if (is_same_name(name, column.text))
                return true;
        }
    }
    return false;
}

/// A column of a mention.
struct MentionColumn {
    std::size_t mention = 0;
    const schema::ColumnDef* column = nullptr;
};

class LinkFinder {
public:
    LinkFinder(std::span<const GatherMention> mentions, const Router& router)
        : mentions_(mentions), router_(router) {}

    std::vector<KeyLink> find() {
        for (std::size_t i = 0; i < mentions_.size(); ++i) {
            for (const Expr* condition : mentions_[i].conditions) {
                for (const KeyLink& link : links_to(i, *condition)) add(link);
            }
        }
        for (const Scope& scope : router_.scopes()) {
            const sql::Query* query = router_.query_of(scope);
            if (query == nullptr)
                continue;
            add_into_subqueries(query->select->where, scope);
            add_into_subqueries_of_joins(query->select->from, scope);
        }
        return std::move(links_);
    }

private:
    void add(const KeyLink& link) {
        if (link.to != link.from && std::find(links_.begin(), links_.end(), link) == links_.end())
            links_.push_back(link);
    }

    /// Integer columns of mentions only.
    [[nodiscard]] std::optional<MentionColumn> column_of(const Expr& expr, const Scope& scope)
        const {
        if (expr.kind != ExprKind::kColumn || is_merged(expr, scope))
            return std::nullopt;
        const absl::StatusOr<BoundColumn> bound = resolve(expr, scope);
        if (!bound.ok() || bound->table == nullptr || bound->column == nullptr ||
            !is_plain_integer(*bound->column))
            return std::nullopt;
        for (std::size_t i = 0; i < mentions_.size(); ++i) {
            if (mentions_[i].table == bound->table)
                return MentionColumn{i, bound->column};
        }
        return std::nullopt;
    }

    [[nodiscard]] std::vector<KeyLink> links_to(std::size_t to, const Expr& condition) const {
        if (condition.kind == ExprKind::kIn)
            return links_by_in(to, condition);
        if (condition.kind != ExprKind::kBinary)
            return {};
        if (condition.op == sql::Operator::kEqual)
            return links_by_equality(to, condition);
        if (condition.op != sql::Operator::kOr)
            return {};
        std::vector<KeyLink> common = links_to_all(to, *condition.args[0]);
        const std::vector<KeyLink> others = links_to_all(to, *condition.args[1]);
        std::erase_if(common, [&](const KeyLink& link) {
            return std::find(others.begin(), others.end(), link) == others.end();
        });
        return common;
    }

    [[nodiscard]] std::vector<KeyLink> links_to_all(std::size_t to, const Expr& condition) const {
        std::vector<KeyLink> all;
        for (const Expr* conjunct : conjuncts(&condition)) {
            const std::vector<KeyLink> links = links_to(to, *conjunct);
            all.insert(all.end(), links.begin(), links.end());
        }
        return all;
    }

    [[nodiscard]] std::vector<KeyLink> links_by_equality(std::size_t to, const Expr& equality)
        const {
        const Scope& scope = *mentions_[to].scope;
        const auto left = column_of(*equality.args[0], scope);
        const auto right = column_of(*equality.args[1], scope);
        if (!left || !right || (left->mention == to) == (right->mention == to))
            return {};
        const MentionColumn& own = left->mention == to ? *left : *right;
        const MentionColumn& other = left->mention == to ? *right : *left;
        return {{to, own.column, other.mention, other.column}};
    }

    [[nodiscard]] std::vector<KeyLink> links_by_in(std::size_t to, const Expr& in) const {
        const std::optional<MentionColumn> own = column_of_in(in, *mentions_[to].scope);
        const std::optional<MentionColumn> selected = selected_by(in);
        if (!own || own->mention != to || !selected)
            return {};
        return {{to, own->column, selected->mention, selected->column}};
    }

    [[nodiscard]] std::optional<MentionColumn> column_of_in(const Expr& in, const Scope& scope)
        const {
        if (in.kind != ExprKind::kIn || in.is_negated || in.query == nullptr || in.args.size() != 1)
            return std::nullopt;
        return column_of(*in.args[0], scope);
    }

    /// The column whose values a subquery gives.
    [[nodiscard]] std::optional<MentionColumn> selected_by(const Expr& in) const {
        if (in.query == nullptr || in.query->select == nullptr ||
            in.query->select->items.size() != 1)
            return std::nullopt;
        const Scope* scope = router_.scope_of(*in.query);
        if (scope == nullptr)
            return std::nullopt;
        return column_of(*in.query->select->items[0].expr, *scope);
    }

    void add_into_subqueries_of_joins(const sql::TableRef* ref, const Scope& scope) {
        if (ref == nullptr || ref->kind != sql::TableRef::Kind::kJoin)
            return;
        add_into_subqueries_of_joins(ref->left, scope);
        add_into_subqueries_of_joins(ref->right, scope);
        add_into_subqueries(ref->on, scope);
    }

    /// As a conjunct an IN that is NULL is as good as false, so values that equal none asked for
    /// may be missing, NULL too.
    void add_into_subqueries(const Expr* condition, const Scope& scope) {
        for (const Expr* conjunct : conjuncts(condition)) {
            const std::optional<MentionColumn> asked = column_of_in(*conjunct, scope);
            const std::optional<MentionColumn> selected = selected_by(*conjunct);
            if (asked && selected && may_lack_values(*conjunct->query, *selected))
                add({selected->mention, selected->column, asked->mention, asked->column});
        }
    }

    /// Whether the subquery gives each value of the column by the rows that have it alone.
    [[nodiscard]] bool may_lack_values(const sql::Query& query, const MentionColumn& selected)
        const {
        const sql::Select& select = *query.select;
        const Scope& scope = *router_.scope_of(query);
        const BoundTable* table = mentions_[selected.mention].table;
        const bool is_here =
            table >= scope.tables.data() && table < scope.tables.data() + scope.tables.size();
        if (!is_here || table->is_null_extended || query.limit != nullptr || select.has_rollup ||
            !select.windows.empty())
            return false;
        for (const sql::OrderItem& item : select.group_by) {
            const std::optional<MentionColumn> grouped = column_of(*item.expr, scope);
            if (grouped && grouped->mention == selected.mention &&
                grouped->column == selected.column)
                return true;
        }
        const bool is_aggregated =
            !select.group_by.empty() || select.having != nullptr || !query.order_by.empty();
        return !is_aggregated;
    }

    std::span<const GatherMention> mentions_;
    const Router& router_;
    std::vector<KeyLink> links_;
};

}  // namespace

std::vector<KeyLink> links_of(std::span<const GatherMention> mentions, const Router& router) {
    return LinkFinder(mentions, router).find();
}

}  // namespace mosaic::plan
