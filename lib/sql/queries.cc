#include "sql/grammar.h"

#include <string>

namespace mosaic::sql {

bool Grammar::at_query(std::size_t ahead) {
    // Parentheses before a query belong to it: ((SELECT 1) UNION SELECT 2). Where so many of them
    // may stand, nothing but a query begins with them.
    const bool is_last = ahead + 1 == ahead_.size();
    if (at("(", ahead))
        return is_last || at_query(ahead + 1);
    return at("SELECT", ahead) || at("WITH", ahead) ||
           (at("VALUES", ahead) && (is_last || at("(", ahead + 1)));
}

const Query* Grammar::query() {
    const Depth depth(*this);
    if (!depth.is_ok())
        return too_deep("it nests too deep");
    Query head;
    head.begin = peek().begin;
    if (at("WITH") && !with_clause(head))
        return nullptr;
    return with_tail(head, set_expr());
}

const Query* Grammar::query_behind(const Query& left) {
    Query* first = arena_.make<Query>(left);
    first->has_parentheses = true;
    return with_tail(Query(), set_expr(intersect_expr(first)));
}

const Query* Grammar::with_tail(const Query& head, const Query* body) {
    if (body == nullptr)
        return nullptr;
    if (head.with.empty() && !at_tail())
        return body;
    Query end;
    if (!tail(end))
        return nullptr;
    const bool has_tail = !end.order_by.empty() || end.limit != nullptr || !end.locking.empty();
    if (head.with.empty() && !has_tail)
        return body;
    // In parentheses with an ORDER BY of its own: what follows them would need a level that the
    // tree lacks.
    const bool is_closed = body->has_parentheses && (!body->order_by.empty() ||
                                                     body->limit != nullptr || !body->with.empty());
    if (is_closed && has_tail)
        return unsupported("ORDER BY or LIMIT after a query in parentheses that has its own");
    if (!body->with.empty() && !head.with.empty())
        return unsupported("WITH before a query in parentheses that has its own");
    Query* whole = arena_.make<Query>(*body);
    whole->has_parentheses = false;
    if (!head.with.empty()) {
        whole->begin = head.begin;
        whole->with = head.with;
        whole->is_recursive = head.is_recursive;
    }
    if (has_tail) {
        whole->order_by = end.order_by;
        whole->limit = end.limit;
        whole->locking = end.locking;
    }
    return whole;
}

bool Grammar::with_clause(Query& out) {
    take();
    out.is_recursive = accept("RECURSIVE");
    List<Cte> ctes;
    do {
        Cte cte;
        const auto cte_name = name("a name");
        if (!cte_name)
            return false;
        cte.name = *cte_name;
        if (at("(") && !name_list(cte.column_names))
            return false;
        if (!expect("AS") || !expect("("))
            return false;
        cte.query = query();
        if (cte.query == nullptr || !expect(")"))
            return false;
        ctes.push_back(cte);
    } while (accept(","));
    out.with = arena_.copy(ctes);
    return true;
}

const Query* Grammar::combine(SetOperator op, const Query* left, const Query* right, bool is_all) {
    if (right == nullptr)
        return nullptr;
    SetOperation* set = arena_.make<SetOperation>();
    set->op = op;
    set->is_all = is_all;
    set->left = left;
    set->right = right;
    Query* whole = arena_.make<Query>();
    whole->begin = left->begin;
    whole->set = set;
    return whole;
}

const Query* Grammar::set_expr() {
    return set_expr(intersect_expr(query_primary()));
}

const Query* Grammar::set_expr(const Query* left) {
    for (int chain = 0; left != nullptr; ++chain) {
        const bool is_except = at("EXCEPT") || (at("MINUS") && (at("SELECT", 1) || at("(", 1)));
        if (!at("UNION") && !is_except)
            return left;
        if (chain == kChainMax)
            return too_deep("it joins too many queries");
        const SetOperator op = is_except ? SetOperator::kExcept : SetOperator::kUnion;
        take();
        const bool is_all = accept("ALL");
        if (!is_all)
            accept("DISTINCT");
        left = combine(op, left, intersect_expr(query_primary()), is_all);
    }
    return nullptr;
}

const Query* Grammar::intersect_expr(const Query* left) {
    for (int chain = 0; left != nullptr && accept("INTERSECT"); ++chain) {
        if (chain == kChainMax)
            return too_deep("it joins too many queries");
        const bool is_all = accept("ALL");
        if (!is_all)
            accept("DISTINCT");
        left = combine(SetOperator::kIntersect, left, query_primary(), is_all);
    }
    return left;
}

const Query* Grammar::query_primary() {
    const std::uint32_t begin = peek().begin;
    if (accept("(")) {
        const Query* inner = query();
        if (inner == nullptr || !expect(")"))
            return nullptr;
        Query* whole = arena_.make<Query>(*inner);
        whole->has_parentheses = true;
        return whole;
    }
    Query* whole = arena_.make<Query>();
    whole->begin = begin;
    if (at("VALUES")) {
        take();
        List<const Expr*> rows;
        do {
            accept("ROW");
            const std::uint32_t row_begin = peek().begin;
            List<const Expr*> cells;
            if (!expect("(") || !expr_list(cells))
                return nullptr;
            Expr* row = made(ExprKind::kRow, row_begin);
            row->args = arena_.copy(cells);
            rows.push_back(row);
        } while (accept(","));
        whole->values = arena_.copy(rows);
        return whole;
    }
    if (at("TABLE"))
        return unsupported("TABLE as a query");
    if (!at("SELECT"))
        return fail("SELECT");
    whole->select = select();
    return whole->select == nullptr ? nullptr : whole;
}

bool Grammar::select_options(Select& out) {
    if (peek().terminal == Terminal())  // most lists begin with a name
        return true;
    std::string words;
    bool is_all = false;
    while (true) {
        if (is_all && out.is_distinct)
            return fail("either ALL or DISTINCT", 1221, "HY000"), false;
        if (accept("DISTINCT") || accept("DISTINCTROW")) {
            out.is_distinct = true;
            continue;
        }
        if (accept("ALL")) {
            is_all = true;
            continue;
        }
        if (!at_any(
                {"HIGH_PRIORITY",
                 "STRAIGHT_JOIN",
                 "SQL_SMALL_RESULT",
                 "SQL_BIG_RESULT",
                 "SQL_BUFFER_RESULT",
                 "SQL_CACHE",
                 "SQL_NO_CACHE",
                 "SQL_CALC_FOUND_ROWS"}
            ))
            break;
        words += words.empty() ? "" : " ";
        words += take().terminal.text();
    }
    out.options = arena_.copy(std::string_view(words));
    return true;
}

bool Grammar::select_items(std::span<const SelectItem>& out) {
    List<SelectItem> items;
    do {
        SelectItem item;
        const std::uint32_t begin = peek().begin;
        item.expr = expr();
        if (item.expr == nullptr)
            return false;
        item.source = since(begin);
        // What the server calls the column: a column's own name, a text's content.
        if (item.expr->kind == ExprKind::kColumn || item.expr->kind == ExprKind::kText)
            item.source = item.expr->text;
        if (item.expr->kind == ExprKind::kNull)
            item.source = "NULL";
        if (item.expr->kind != ExprKind::kStar && !alias(item.alias, true))
            return false;
        items.push_back(item);
    } while (accept(","));
    out = arena_.copy(items);
    return true;
}

bool Grammar::windows(Select& out) {
    List<Select::NamedWindow> named;
    do {
        Select::NamedWindow one;
        const auto window_name = name("a window's name");
        if (!window_name || !expect("AS"))
            return false;
        one.name = *window_name;
        one.window = window_spec();
        if (one.window == nullptr)
            return false;
        named.push_back(one);
    } while (accept(","));
    out.windows = arena_.copy(named);
    return true;
}

const Select* Grammar::select() {
    take();
    Select* out = arena_.make<Select>();
    if (!select_options(*out) || !select_items(out->items))
        return nullptr;
    if (at("INTO"))
        return unsupported("INTO");
    if (accept("FROM")) {
        if (!accept("DUAL")) {
            out->from = table_references();
            if (out->from == nullptr)
                return nullptr;
        }
    }
    if (accept("WHERE")) {
        out->where = expr();
        if (out->where == nullptr)
            return nullptr;
    }
    if (accept("GROUP")) {
        if (!expect("BY") || !order_list(out->group_by))
            return nullptr;
        if (accept("WITH")) {
            if (!expect("ROLLUP"))
                return nullptr;
            out->has_rollup = true;
        }
    }
    if (accept("HAVING")) {
        out->having = expr();
        if (out->having == nullptr)
            return nullptr;
    }
    if (accept("WINDOW") && !windows(*out))
        return nullptr;
    return out;
}

const Expr* Grammar::limit_number() {
    const TokenKind kind = peek().kind;
    const bool is_number = kind == TokenKind::kInteger || kind == TokenKind::kParameter ||
                           kind == TokenKind::kWord || kind == TokenKind::kQuotedName;
    return is_number ? primary() : fail("a whole number");
}

bool Grammar::limit(const Limit*& out) {
    if (at("ROWS"))
        return unsupported("LIMIT ROWS EXAMINED"), false;
    Limit* made_limit = arena_.make<Limit>();
    made_limit->count = limit_number();
    if (made_limit->count != nullptr && accept(",")) {
        made_limit->offset = made_limit->count;
        made_limit->count = limit_number();
    } else if (made_limit->count != nullptr && accept("OFFSET")) {
        made_limit->offset = limit_number();
        if (made_limit->offset == nullptr)
            return false;
    }
    if (at("ROWS"))
        return unsupported("LIMIT ROWS EXAMINED"), false;
    out = made_limit;
    return made_limit->count != nullptr;
}

bool Grammar::locking(std::string_view& out) {
    const std::uint32_t begin = peek().begin;
    while ((at("FOR") && (at("UPDATE", 1) || at("SHARE", 1))) || at("LOCK")) {
        if (accept("LOCK")) {
            if (!expect("IN") || !expect("SHARE") || !expect("MODE"))
                return false;
        } else {
            take(), take();
            if (accept("OF")) {
                do {
                    if (!name("a table"))
                        return false;
                } while (accept(","));
            }
        }
        if (accept("SKIP")) {
            if (!expect("LOCKED"))
                return false;
        } else if (accept("WAIT")) {
            take();
        } else {
            accept("NOWAIT");
        }
        out = since(begin);
    }
    return true;
}

bool Grammar::at_tail() {
    if (at(")") || at_end())
        return false;
    return at_any({"ORDER", "LIMIT", "FETCH", "OFFSET", "PROCEDURE", "INTO", "FOR", "LOCK"});
}

// OFFSET n ROWS FETCH FIRST m ROWS ONLY, either part alone too: MariaDB's other way to say LIMIT.
bool Grammar::fetch(const Limit*& out) {
    Limit* made_limit = arena_.make<Limit>();
    if (accept("OFFSET")) {
        made_limit->offset = limit_number();
        if (made_limit->offset == nullptr)
            return false;
        if (!accept("ROWS") && !expect("ROW"))
            return false;
    }
    if (accept("FETCH")) {
        if (!accept("FIRST") && !expect("NEXT"))
            return false;
        made_limit->count = at_any({"ROW", "ROWS"}) ? number("1") : limit_number();
        if (made_limit->count == nullptr || (!accept("ROWS") && !expect("ROW")))
            return false;
        if (at("WITH"))
            return unsupported("WITH TIES"), false;
        if (!expect("ONLY"))
            return false;
    } else {
        made_limit->count = number("18446744073709551615");
    }
    out = made_limit;
    return true;
}

const Expr* Grammar::number(std::string_view digits) {
    Expr* number = made(ExprKind::kInteger, last_end_);
    number->text = digits;
    return number;
}

bool Grammar::tail(Query& out) {
    if (accept("ORDER") && (!expect("BY") || !order_list(out.order_by)))
        return false;
    if (accept("LIMIT") && !limit(out.limit))
        return false;
    if (syntax_.is_mariadb && out.limit == nullptr && at_any({"OFFSET", "FETCH"}) &&
        !fetch(out.limit))
        return false;
    if (at_any({"FETCH", "OFFSET", "PROCEDURE", "INTO"}))
        return unsupported("FETCH, OFFSET, PROCEDURE or INTO"), false;
    return locking(out.locking);
}

}  // namespace mosaic::sql
