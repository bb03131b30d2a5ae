#include "corpus_statement.h"

#include "plan/mentions.h"
#include "sql/parser.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <array>

namespace mosaic::oracle {
namespace {

using Kind = StatementFacts::Kind;

bool is_same(std::string_view a, std::string_view b) {
    return absl::EqualsIgnoreCase(std::string(a), std::string(b));
}

bool begins_as_query(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n("), text.size()));
    return std::ranges::any_of(
        std::array<std::string_view, 4>{"SELECT", "WITH", "VALUES", "TABLE"},
        [&](std::string_view word) { return is_same(text.substr(0, word.size()), word); }
    );
}

Kind kind_of(sql::StatementKind kind) {
    switch (kind) {
        case sql::StatementKind::kQuery:
            return Kind::kSelect;
        case sql::StatementKind::kSet:
            return Kind::kSetting;
        case sql::StatementKind::kInsert:
        case sql::StatementKind::kUpdate:
        case sql::StatementKind::kDelete:
            return Kind::kWrite;
        default:
            return Kind::kOther;
    }
}

}  // namespace

StatementFacts facts_of(std::string_view sql) {
    sql::Arena arena;
    const auto statement = sql::parse(sql, {}, arena);
    StatementFacts facts;
    if (!statement.ok()) {
        facts.kind = begins_as_query(sql) ? Kind::kSelect : Kind::kOther;
        return facts;
    }
    facts.kind = kind_of((*statement)->kind);
    const plan::Mentions mentions = plan::mentions_of(**statement);
    for (const sql::TableRef* table : mentions.tables) facts.tables.emplace(table->name);
    // In SET too, whose expressions are no mentions.
    facts.sets_insert_id = absl::AsciiStrToUpper(std::string(sql)).find("LAST_INSERT_ID") != std::string::npos;
    return facts;
}

std::map<std::size_t, std::string> unordered_lists(std::string_view sql) {
    std::map<std::size_t, std::string> lists;
    sql::Arena arena;
    const auto statement = sql::parse(sql, {}, arena);
    if (!statement.ok() || (*statement)->query == nullptr || (*statement)->query->select == nullptr)
        return lists;
    const auto& items = (*statement)->query->select->items;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const sql::Expr& expr = *items[i].expr;
        if (expr.kind == sql::ExprKind::kStar)
            return {};  // Places are not known without the schema.
        if (expr.kind == sql::ExprKind::kAggregate && expr.text == "GROUP_CONCAT" &&
            expr.order_by.empty())
            lists[i] = expr.separator == nullptr ? "," : std::string(expr.separator->text);
    }
    return lists;
}

}  // namespace mosaic::oracle
