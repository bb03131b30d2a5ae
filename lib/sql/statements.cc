#include "sql/grammar.h"

#include <algorithm>
#include <string>

namespace mosaic::sql {

const Statement* Grammar::statement() {
    Statement& out = *arena_.make<Statement>();
    if (at_end())
        return fail("a statement");
    if (!body(out))
        return nullptr;
    accept(";");
    if (!at_end())
        return fail("the end");
    if (!status_.ok())
        return nullptr;
    if (has_too_many_parameters_)
        return too_deep("it has more than 65535 parameters");
    const std::string_view source = text_.substr(0, peek().begin);
    std::uint32_t end = std::max(last_end_, lexer_.frame_end());
    if (end > 0 && source[end - 1] == ';')
        --end;
    while (end > 0 && (source[end - 1] == ' ' || source[end - 1] == '\n' ||
                       source[end - 1] == '\t' || source[end - 1] == '\r'))
        --end;
    out.source = source.substr(0, end);
    out.parameter_count = parameters_;
    return &out;
}

bool Grammar::body(Statement& out) {
    if (at("SELECT") || at("WITH") || at("(") || at("VALUES")) {
        out.kind = StatementKind::kQuery;
        out.query = query();
        return out.query != nullptr;
    }
    if (at("INSERT"))
        return insert(out, false);
    if (at("REPLACE"))
        return insert(out, true);
    if (at("UPDATE"))
        return update(out);
    if (at("DELETE"))
        return delete_(out);
    if (at("SET"))
        return set(out);
    if (at("EXPLAIN") || at("DESCRIBE") || at("DESC"))
        return explain(out);
    if (at("BEGIN") || at("START") || at("COMMIT") || at("ROLLBACK") ||
        at("SAVEPOINT") || at("RELEASE"))
        return transaction(out);
    return other(out);
}

bool Grammar::insert_columns(Insert& out) {
    if (!at("(") || at_query(1))
        return true;
    take();
    out.has_columns = true;
    List<const Expr*> columns;
    while (!at(")")) {
        columns.push_back(column());
        if (columns.back() == nullptr)
            return false;
        if (!accept(","))
            break;
    }
    out.columns = arena_.copy(columns);
    return expect(")");
}

bool Grammar::insert_rows(Insert& out) {
    List<std::span<const Expr* const>> rows;
    List<const Expr*> row;
    do {
        row.clear();
        accept("ROW");
        if (!expect("(") || !expr_list(row))
            return false;
        rows.push_back(arena_.copy(row));
    } while (accept(","));
    out.rows = arena_.copy(rows);
    return true;
}

bool Grammar::insert_source(Insert& out) {
    if (accept("VALUES") || accept("VALUE"))
        return insert_rows(out);
    if (accept("SET")) {
        std::span<const Assignment> list;
        if (!assignments(list))
            return false;
        List<const Expr*> columns;
        List<const Expr*> row;
        for (const Assignment& one : list) {
            columns.push_back(one.column);
            row.push_back(one.value);
        }
        out.has_columns = true;
        out.columns = arena_.copy(columns);
        const std::span<const Expr* const> only_row = arena_.copy(row);
        out.rows = arena_.copy(std::span<const std::span<const Expr* const>>(&only_row, 1));
        return true;
    }
    if (at_query()) {
        out.query = query();
        return out.query != nullptr;
    }
    return fail("VALUES, SET or SELECT"), false;
}

bool Grammar::insert(Statement& out, bool is_replace) {
    take();
    Insert* insert = arena_.make<Insert>();
    insert->is_replace = is_replace;
    if (at("LOW_PRIORITY") || at("DELAYED") || at("HIGH_PRIORITY"))
        insert->priority = take().text;
    insert->is_ignore = !is_replace && accept("IGNORE");
    accept("INTO");
    insert->table = table_name(false);
    if (insert->table == nullptr || !insert_columns(*insert) || !insert_source(*insert))
        return false;
    if (at("AS"))
        return unsupported("an alias for new rows"), false;
    if (accept("ON")) {
        if (is_replace || !expect("DUPLICATE") || !expect("KEY") ||
            !expect("UPDATE") || !assignments(insert->on_duplicate))
            return fail("DUPLICATE KEY UPDATE"), false;
    }
    if (accept("RETURNING") && !select_items(insert->returning))
        return false;
    out.kind = StatementKind::kInsert;
    out.insert = insert;
    return true;
}

bool Grammar::assignments(std::span<const Assignment>& out) {
    List<Assignment> list;
    do {
        Assignment one;
        one.column = column();
        if (one.column == nullptr)
            return false;
        if (!accept("=") && !accept(":="))
            return fail("`=`"), false;
        one.value = expr();
        if (one.value == nullptr)
            return false;
        list.push_back(one);
    } while (accept(","));
    out = arena_.copy(list);
    return true;
}

bool Grammar::update(Statement& out) {
    take();
    Update* update = arena_.make<Update>();
    if (at("LOW_PRIORITY"))
        update->priority = take().text;
    update->is_ignore = accept("IGNORE");
    update->table = table_references();
    if (update->table == nullptr || !expect("SET") || !assignments(update->assignments))
        return false;
    if (accept("WHERE")) {
        update->where = expr();
        if (update->where == nullptr)
            return false;
    }
    if (accept("ORDER") && (!expect("BY") || !order_list(update->order_by)))
        return false;
    if (accept("LIMIT") && !limit(update->limit))
        return false;
    out.kind = StatementKind::kUpdate;
    out.update = update;
    return true;
}

bool Grammar::delete_(Statement& out) {
    take();
    const std::uint32_t options = peek().begin;
    Delete* del = arena_.make<Delete>();
    bool has_options = false;
    while (at("LOW_PRIORITY") || at("QUICK") || at("IGNORE")) {
        if (accept("IGNORE"))
            del->is_ignore = true;
        else
            take(), has_options = true;
    }
    if (has_options)
        del->options = text_.substr(options, last_end_ - options);
    if (has_options && del->is_ignore)
        return unsupported("several options of DELETE"), false;
    const bool from_first = accept("FROM");
    List<const TableRef*> targets;
    const auto target = [&]() -> const TableRef* {
        TableRef* table = arena_.make<TableRef>();
        table->begin = peek().begin;
        const auto first = name("a table");
        if (!first)
            return nullptr;
        table->name = *first;
        while (accept(".")) {
            if (accept("*"))
                return table;
            const auto second = any_name("a table");
            if (!second)
                return nullptr;
            table->schema = table->name;
            table->name = *second;
        }
        return table;
    };
    if (from_first) {
        // DELETE FROM t [alias] ..; or DELETE FROM a, b USING ..
        const Token first = peek();
        const TableRef* one = at(",", 1) || at("USING", 1) || at(".", 1)
                                  ? target()
                                  : table_name(true);
        if (one == nullptr)
            return false;
        targets.push_back(one);
        while (accept(",")) {
            targets.push_back(target());
            if (targets.back() == nullptr)
                return false;
        }
        if (at("USING") && !one->alias.empty())
            return fail("WHERE"), false;
        if (accept("USING")) {
            del->table = table_references();
        } else {
            if (targets.size() > 1)
                return fail("USING"), false;
            TableRef* table = arena_.make<TableRef>(*one);
            if (table->alias.empty() && !alias(table->alias, false))
                return false;
            del->table = table;
            targets.clear();
        }
        static_cast<void>(first);
    } else {
        do {
            targets.push_back(target());
            if (targets.back() == nullptr)
                return false;
        } while (accept(","));
        if (!expect("FROM"))
            return false;
        del->table = table_references();
    }
    if (del->table == nullptr)
        return false;
    del->targets = arena_.copy(targets);
    if (accept("WHERE")) {
        del->where = expr();
        if (del->where == nullptr)
            return false;
    }
    if (accept("ORDER") && (!expect("BY") || !order_list(del->order_by)))
        return false;
    if (accept("LIMIT") && !limit(del->limit))
        return false;
    if (accept("RETURNING") && !select_items(del->returning))
        return false;
    out.kind = StatementKind::kDelete;
    out.del = del;
    return true;
}

bool Grammar::set_item(List<Assignment>& out) {
    Assignment one;
    const std::uint32_t begin = peek().begin;
    std::string_view scope;
    if (at_any({"GLOBAL", "SESSION", "LOCAL"}) && !at("=", 1) && !at(":=", 1))
        scope = take().text;
    if (peek().kind == TokenKind::kUserVariable) {
        const Token token = take();
        Expr* variable = made(ExprKind::kUserVariable, token.begin);
        variable->text = user_variable_name(token);
        one.column = variable;
    } else if (peek().kind == TokenKind::kSystemVariable) {
        one.column = system_variable();
    } else {
        const Expr* bare = column();
        if (bare != nullptr && !scope.empty()) {
            Expr* variable = made(ExprKind::kSystemVariable, begin);
            variable->qualifier = scope;
            variable->text = bare->text;
            bare = variable;
        }
        one.column = bare;
    }
    if (one.column == nullptr)
        return false;
    if (!accept("=") && !accept(":="))
        return fail("`=`"), false;
    if (peek().kind == TokenKind::kWord && peek().terminal.is_reserved() &&
        (at("ON") || at("ALL") || at("BINARY"))) {
        const Token token = take();
        Expr* word = made(ExprKind::kColumn, token.begin);
        word->text = token.text;
        one.value = word;
    } else {
        one.value = expr();
    }
    if (one.value == nullptr)
        return false;
    out.push_back(one);
    return true;
}

bool Grammar::set(Statement& out) {
    take();
    out.kind = StatementKind::kSet;
    Set* set = arena_.make<Set>();
    out.set = set;
    if (accept("NAMES")) {
        const bool is_text = peek().kind == TokenKind::kText;
        const std::optional<std::string_view> charset =
            is_text ? std::optional(text_value(take())) : any_name("a character set");
        if (!charset)
            return false;
        set->names = *charset;
        if (accept("COLLATE")) {
            const bool is_quoted = peek().kind == TokenKind::kText;
            const std::optional<std::string_view> collation =
                is_quoted ? std::optional(text_value(take())) : any_name("a collation");
            if (!collation)
                return false;
            set->collation = *collation;
        }
        return true;
    }
    const bool has_scope = at("GLOBAL") || at("SESSION") || at("LOCAL");
    const bool is_other = at("TRANSACTION", has_scope ? 1 : 0) || at("CHARACTER") ||
                          at("CHARSET") || at("PASSWORD") || at("ROLE") ||
                          at("STATEMENT") || (at("DEFAULT") && at("ROLE", 1)) ||
                          at("RESOURCE");
    if (is_other) {
        set->other = rest();
        return true;
    }
    List<Assignment> list;
    do {
        if (!set_item(list))
            return false;
    } while (accept(","));
    set->assignments = arena_.copy(list);
    return true;
}

bool Grammar::transaction(Statement& out) {
    const std::uint32_t begin = peek().begin;
    if (accept("BEGIN")) {
        out.kind = StatementKind::kBegin;
        accept("WORK");
    } else if (accept("START")) {
        if (!at("TRANSACTION")) {
            out.kind = StatementKind::kOther;
            out.text = "START";
            rest();
            return true;
        }
        take();
        out.kind = StatementKind::kBegin;
        out.text = rest();
    } else if (accept("COMMIT")) {
        out.kind = StatementKind::kCommit;
        rest();
    } else if (accept("ROLLBACK")) {
        accept("WORK");
        out.kind = at("TO") ? StatementKind::kSavepoint : StatementKind::kRollback;
        rest();
        if (out.kind == StatementKind::kSavepoint)
            out.text = since(begin);
    } else {
        out.kind = StatementKind::kSavepoint;
        rest();
        out.text = since(begin);
    }
    return true;
}

bool Grammar::explain(Statement& out) {
    take();
    const bool is_table = at_name() && !at("FORMAT") && !at("EXTENDED") &&
                          !at("PARTITIONS") && !at("ANALYZE");
    if (is_table) {
        out.kind = StatementKind::kShow;
        const std::string text = "COLUMNS FROM " + std::string(rest());
        out.text = arena_.copy(std::string_view(text));
        return true;
    }
    out.kind = StatementKind::kExplain;
    out.text = rest();
    return true;
}

namespace {

/// Words with which a statement of either kind of server can begin, besides those that have a
/// grammar here.
bool is_statement_word(std::string_view word) {
    static constexpr std::string_view kWords[] = {
        "ALTER",   "ANALYZE",  "BACKUP",  "BINLOG",   "CACHE",    "CALL",     "CHANGE",  "CHECK",
        "CHECKSUM", "CLONE",   "CLOSE",   "CREATE",   "DEALLOCATE", "DELIMITER", "DECLARE", "DO",
        "DROP",    "EXECUTE",  "FETCH",   "FLUSH",    "GET",      "GRANT",    "HANDLER", "HELP",
        "IMPORT",  "INSTALL",  "KILL",    "LOAD",     "LOCK",     "OPEN",     "OPTIMIZE", "PREPARE",
        "PURGE",   "RENAME",   "REPAIR",  "RESET",    "RESIGNAL", "RESTART",  "REVOKE",  "SHUTDOWN",
        "SIGNAL",  "SLAVE",    "START",   "STOP",     "TABLE",    "TRUNCATE", "UNINSTALL", "UNLOCK",
        "XA",      "IF",       "CASE",    "LOOP",     "WHILE",    "REPEAT",   "FOR",
    };
    for (const std::string_view each : kWords) {
        if (same_word(word, each))
            return true;
    }
    return false;
}

}  // namespace

bool Grammar::other(Statement& out) {
    if (peek().kind != TokenKind::kWord)
        return fail("a statement"), false;
    if (accept("USE")) {
        const auto schema = any_name("a database");
        if (!schema)
            return false;
        out.kind = StatementKind::kUse;
        out.text = *schema;
        return true;
    }
    if (accept("SHOW")) {
        out.kind = StatementKind::kShow;
        out.text = rest();
        return true;
    }
    const bool is_ddl = at("CREATE") || at("ALTER") || at("DROP") ||
                        at("TRUNCATE") || at("RENAME");
    if (!is_ddl && !is_statement_word(peek().text))
        return fail("a statement"), false;
    const std::string_view first = take().text;
    std::string words(first);
    if (is_ddl && peek().kind == TokenKind::kWord)
        words += " " + std::string(peek().text);
    for (char& c : words) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    out.kind = is_ddl ? StatementKind::kDdl : StatementKind::kOther;
    out.text = arena_.copy(std::string_view(words));
    rest();
    return true;
}

}  // namespace mosaic::sql
