#include "random_shrink.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mosaic::oracle {
namespace {

constexpr int kAskedMax = 600;

bool is_same(const Expr& a, const Expr& b) {
    return a.parts == b.parts && std::ranges::equal(a.args, b.args, is_same) && a.query.empty() &&
           b.query.empty();
}

/// Makes one edit of those that a tree allows: number `left`, counted in the order of the walk.
class Edit {
public:
    explicit Edit(int number) : left_(number) {}

    enum class Place : std::uint8_t { kOutermost, kWithin };

    /// \return whether there was such an edit, and it is made.
    bool make(Query& query, Place place);

private:
    bool is_this() { return left_-- == 0; }

    bool drop_order(Query& query, Place place);
    bool drop_selects(Query& query);
    bool drop_items(Query& query);
    bool drop_tables(Select& select);
    bool drop_groups(Query& query, Select& select);
    bool simplify(Select& select);
    bool simplify(Expr& of);
    bool simplify(std::vector<Expr>& conditions, std::size_t least);

    int left_;
};

void drop_item(Query& query, std::size_t item) {
    for (Select& select : query.selects)
        select.items.erase(select.items.begin() + static_cast<std::ptrdiff_t>(item));
    const auto removed =
        std::erase_if(query.order, [&](const OrderBy& by) { return by.item == item; });
    query.is_total = query.is_total && removed == 0;
    for (OrderBy& by : query.order) {
        if (by.item && *by.item > item)
            --*by.item;
    }
}

bool Edit::drop_selects(Query& query) {
    if (query.selects.size() < 2)
        return false;
    for (std::size_t i = 0; i < query.selects.size(); ++i) {
        if (is_this()) {
            Select kept = std::move(query.selects[i]);
            query.selects.clear();
            query.selects.push_back(std::move(kept));
            query.operations.clear();
            return true;
        }
        if (i > 0 && query.selects.size() > 2 && is_this()) {
            query.selects.erase(query.selects.begin() + static_cast<std::ptrdiff_t>(i));
            query.operations.erase(query.operations.begin() + static_cast<std::ptrdiff_t>(i - 1));
            return true;
        }
    }
    return false;
}

// LIMIT within a statement goes before the order that makes its rows certain.
bool Edit::drop_order(Query& query, Place place) {
    if (query.limit && is_this()) {
        query.limit.reset();
        query.offset.reset();
        return true;
    }
    if (query.offset && is_this()) {
        query.offset.reset();
        return true;
    }
    if (place == Place::kWithin && query.limit)
        return false;
    for (std::size_t i = 0; i < query.order.size(); ++i) {
        if (!is_this())
            continue;
        query.order.erase(query.order.begin() + static_cast<std::ptrdiff_t>(i));
        query.is_total = false;
        return true;
    }
    return false;
}

bool Edit::drop_items(Query& query) {
    const std::size_t count = query.selects.front().items.size();
    const bool have_all = std::ranges::all_of(query.selects, [&](const Select& select) {
        return select.items.size() == count;
    });
    for (std::size_t i = 0; have_all && count > 1 && i < count; ++i) {
        if (is_this()) {
            drop_item(query, i);
            return true;
        }
    }
    return false;
}

bool Edit::drop_tables(Select& select) {
    for (std::size_t i = 0; i < select.from.size() && select.from.size() > 1; ++i) {
        if (!is_this())
            continue;
        select.from.erase(select.from.begin() + static_cast<std::ptrdiff_t>(i));
        select.from.front().on.clear();
        return true;
    }
    for (std::size_t i = 1; i < select.from.size(); ++i) {
        From& from = select.from[i];
        if (from.join != "JOIN" && from.join != "," && is_this()) {
            from.join = "JOIN";
            return true;
        }
    }
    return false;
}

// What is not in GROUP BY any more may not be shown either: its value would be any row's.
bool Edit::drop_groups(Query& query, Select& select) {
    if (select.has_rollup && is_this()) {
        select.has_rollup = false;
        return true;
    }
    for (std::size_t i = 0; i < select.groups.size() && query.selects.size() == 1; ++i) {
        const Expr group = select.groups[i].expr;
        const auto shown = std::ranges::find_if(select.items, [&](const Item& item) {
            return is_same(item.expr, group);
        });
        if (shown == select.items.end() || select.items.size() < 2 || !is_this())
            continue;
        select.groups.erase(select.groups.begin() + static_cast<std::ptrdiff_t>(i));
        for (GroupBy& other : select.groups) other.written.clear();
        drop_item(query, static_cast<std::size_t>(shown - select.items.begin()));
        std::erase_if(query.order, [&](const OrderBy& by) { return is_same(by.expr, group); });
        query.is_total = false;
        select.having.clear();
        return true;
    }
    return false;
}

bool Edit::simplify(std::vector<Expr>& conditions, std::size_t least) {
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        if (conditions.size() > least && is_this()) {
            conditions.erase(conditions.begin() + static_cast<std::ptrdiff_t>(i));
            return true;
        }
        if (simplify(conditions[i]))
            return true;
    }
    return false;
}

bool Edit::simplify(Expr& of) {
    if (of.is_whole)
        return false;
    if (!of.query.empty())
        return make(of.query.front(), Place::kWithin);
    for (std::size_t i = 0; i < of.args.size(); ++i) {
        if (of.args[i].query.empty() && is_this()) {
            Expr arg = of.args[i];
            arg.converts = arg.kind != Kind::kInteger;
            of = std::move(arg);
            return true;
        }
        if (i > 0 && of.args.size() > 2 && of.parts[i] == ", " && is_this()) {
            of.args.erase(of.args.begin() + static_cast<std::ptrdiff_t>(i));
            of.parts.erase(of.parts.begin() + static_cast<std::ptrdiff_t>(i));
            return true;
        }
        if (simplify(of.args[i]))
            return true;
    }
    return false;
}

bool Edit::simplify(Select& select) {
    if (select.is_distinct && is_this()) {
        select.is_distinct = false;
        return true;
    }
    if (simplify(select.where, 0) || simplify(select.having, 0))
        return true;
    for (From& from : select.from) {
        if (simplify(from.on, from.join == "," ? 0 : 1))
            return true;
        if (!from.derived.empty() && make(from.derived.front(), Place::kWithin))
            return true;
    }
    return std::ranges::any_of(select.items, [this](Item& item) { return simplify(item.expr); });
}

bool Edit::make(Query& query, Place place) {
    if (drop_selects(query) || drop_order(query, place))
        return true;
    for (Select& select : query.selects) {
        if (drop_tables(select) || drop_groups(query, select))
            return true;
    }
    if (drop_items(query))
        return true;
    for (std::size_t i = 0; i < query.with.size(); ++i) {
        if (is_this()) {
            query.with.erase(query.with.begin() + static_cast<std::ptrdiff_t>(i));
            return true;
        }
        if (make(query.with[i].query.front(), Place::kWithin))
            return true;
    }
    return std::ranges::any_of(query.selects, [this](Select& select) { return simplify(select); });
}

}  // namespace

Query shrink(Query query, const std::function<bool(const Query&)>& is_still_wrong) {
    int asked = 0;
    for (int number = 0; asked < kAskedMax; ++number) {
        Query smaller = query;
        if (!Edit(number).make(smaller, Edit::Place::kOutermost))
            return query;
        ++asked;
        if (!is_still_wrong(smaller))
            continue;
        query = std::move(smaller);
        number = -1;
    }
    return query;
}

}  // namespace mosaic::oracle
