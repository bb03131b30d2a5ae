#include "sql/grammar.h"

namespace mosaic::sql {

const TableRef* Grammar::table_references() {
    const TableRef* left = joined_table();
    for (int chain = 0; left != nullptr && at(","); ++chain) {
        if (chain == kParseDepthMax)
            return too_deep("it joins too many tables");
        take();
        TableRef* join = arena_.make<TableRef>();
        join->kind = TableRef::Kind::kJoin;
        join->join = JoinKind::kCross;
        join->begin = left->begin;
        join->left = left;
        join->right = joined_table();
        left = join->right == nullptr ? nullptr : join;
    }
    return left;
}

bool Grammar::at_join() {
    return at_any({"JOIN", "LEFT", "INNER", "RIGHT", "CROSS", "NATURAL", "STRAIGHT_JOIN"});
}

// Takes the words of a join; false: there is none here, or it has failed.
bool Grammar::join_kind(TableRef& join) {
    join.is_natural = accept("NATURAL");
    if (accept("STRAIGHT_JOIN")) {
        join.join = JoinKind::kStraight;
        return true;
    }
    if (at("LEFT") || at("RIGHT")) {
        join.join = at("LEFT") ? JoinKind::kLeft : JoinKind::kRight;
        take();
        accept("OUTER");
        return expect("JOIN");
    }
    if (accept("INNER"))
        return expect("JOIN");
    if (at("CROSS") && at("JOIN", 1)) {
        take();
        join.join = JoinKind::kCross;
    }
    if (accept("JOIN"))
        return true;
    if (join.is_natural)
        fail("JOIN");
    return false;
}

bool Grammar::join_condition(TableRef& join) {
    if (accept("ON")) {
        join.on = expr();
        return join.on != nullptr;
    }
    if (accept("USING"))
        return name_list(join.using_columns);
    return true;
}

const TableRef* Grammar::joined_table() {
    const Depth depth(*this);
    if (!depth.is_ok())
        return too_deep("it nests too deep");
    const TableRef* left = table_factor();
    for (int chain = 0; left != nullptr && at_join(); ++chain) {
        if (chain == kParseDepthMax)
            return too_deep("it joins too many tables");
        left = join_behind(left);
    }
    return left;
}

const TableRef* Grammar::join_behind(const TableRef* left) {
    const Depth depth(*this);
    if (!depth.is_ok())
        return too_deep("it nests too deep");
    TableRef join;
    join.kind = TableRef::Kind::kJoin;
    join.begin = left->begin;
    join.left = left;
    if (!join_kind(join))
        return fail("JOIN");
    const bool needs_condition =
        !join.is_natural && (join.join == JoinKind::kLeft || join.join == JoinKind::kRight);
    join.right = table_factor();
    // a LEFT JOIN b LEFT JOIN c ON .. ON ..: the second join is the first one's right side.
    while (join.right != nullptr && needs_condition && at_join())
        join.right = join_behind(join.right);
    if (join.right == nullptr)
        return nullptr;
    if (needs_condition && !at_any({"ON", "USING"}))
        return fail("ON or USING");
    if (!join.is_natural && !join_condition(join))
        return nullptr;
    return arena_.make<TableRef>(join);
}

const TableRef* Grammar::derived(std::uint32_t begin, const Query* query, bool is_lateral) {
    TableRef* table = arena_.make<TableRef>();
    table->kind = TableRef::Kind::kDerived;
    table->begin = begin;
    table->query = query;
    table->is_lateral = is_lateral;
    if (!alias(table->alias, false))
        return nullptr;
    if (!table->alias.empty() && at("(") && !name_list(table->column_names))
        return nullptr;
    return table;
}

const TableRef* Grammar::parenthesised_table(std::uint32_t begin) {
    take();
    if (at_query(0) && !at("(")) {
        const Query* inner = query();
        if (inner == nullptr || !expect(")"))
            return nullptr;
        return derived(begin, inner, false);
    }
    const TableRef* inner = table_references();
    if (inner == nullptr)
        return nullptr;
    // ((SELECT 1)) t, ((SELECT 1) UNION SELECT 2) t: the parentheses were the query's.
    const bool is_query = inner->kind == TableRef::Kind::kDerived && inner->alias.empty();
    const Query* query = inner->query;
    if (is_query && !at(")")) {
        query = query_behind(*query);
        if (query == nullptr)
            return nullptr;
    }
    if (!expect(")"))
        return nullptr;
    return is_query ? derived(begin, query, false) : inner;
}

const TableRef* Grammar::table_factor() {
    const Depth depth(*this);
    if (!depth.is_ok())
        return too_deep("it nests too deep");
    const std::uint32_t begin = peek().begin;
    if (at("("))
        return parenthesised_table(begin);
    if (at("LATERAL") && at("(", 1)) {
        take(), take();
        const Query* inner = query();
        if (inner == nullptr || !expect(")"))
            return nullptr;
        return derived(begin, inner, true);
    }
    if (at("JSON_TABLE") && at("(", 1))
        return unsupported("JSON_TABLE");
    return table_name(true);
}

const TableRef* Grammar::table_name(bool has_alias) {
    TableRef* table = arena_.make<TableRef>();
    table->begin = peek().begin;
    const auto first = name("a table");
    if (!first)
        return nullptr;
    table->name = *first;
    if (accept(".")) {
        const auto second = any_name("a table");
        if (!second)
            return nullptr;
        table->schema = *first;
        table->name = *second;
    }
    if (at("PARTITION") && at("(", 1))
        return unsupported("PARTITION"), nullptr;
    if (at("FOR") && at("SYSTEM_TIME", 1))
        return unsupported("FOR SYSTEM_TIME"), nullptr;
    if (!has_alias)
        return table;
    if (!alias(table->alias, false) || !index_hints(table->index_hints))
        return nullptr;
    return table;
}

bool Grammar::index_hints(std::string_view& out) {
    const std::uint32_t begin = peek().begin;
    while ((at("USE") || at("FORCE") || at("IGNORE")) && (at("INDEX", 1) || at("KEY", 1))) {
        take(), take();
        if (accept("FOR")) {
            if (!accept("JOIN")) {
                if (!accept("ORDER") && !accept("GROUP"))
                    return fail("JOIN, ORDER BY or GROUP BY"), false;
                if (!expect("BY"))
                    return false;
            }
        }
        if (!expect("("))
            return false;
        while (!at(")")) {
            if (!any_name("an index"))
                return false;
            accept(",");
        }
        take();
        out = since(begin);
    }
    return true;
}

}  // namespace mosaic::sql
