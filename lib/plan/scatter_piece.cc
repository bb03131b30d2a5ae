#include "plan/scatter_piece.h"

#include "plan/pass_through.h"
#include "plan/planner.h"
#include "plan/scatter_shards.h"
#include "plan/scatter_tree.h"

#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

namespace mosaic::plan {
namespace {

using merge::Comparison;
using sql::Expr;
using sql::ExprKind;

// max_sort_length, which the session settings do not change.
constexpr std::size_t kSortLengthMax = 1024;

/// An upper bound of the bytes of one character's weight.
std::size_t weight_bytes_max(std::string_view collation) {
    const absl::string_view name(collation.data(), collation.size());
    if (absl::EndsWith(name, "_bin"))
        return 4;
    return absl::StrContains(name, "_general_") ? 4 : 32;
}

/// What MySQL names an item without alias after; empty: the item itself, printed again, has the
/// name.
std::string_view label_of(const sql::SelectItem& item, const PlanContext& context) {
    switch (item.expr->kind) {
        case ExprKind::kColumn:
        case ExprKind::kStar:
        case ExprKind::kText:
        case ExprKind::kNull:
        case ExprKind::kTrue:
        case ExprKind::kFalse:
        case ExprKind::kInteger:
        case ExprKind::kDecimal:
        case ExprKind::kDouble:
            return item.alias;
        default:
            if (!item.has_alias())  // NOLINT: all others
                return context.arena.copy(
                    std::string_view(plan::label_of(item.source, context.schema.is_mariadb))
                );
            return item.alias;
    }
}

}  // namespace

Piece::Piece(
    const sql::Query& query,
    const Scope& scope,
    const Names& names,
    const Constructs& constructs,
    PlanContext& context
)
    : query_(query), scope_(scope), names_(names), constructs_(constructs), context_(context) {}

std::size_t Piece::add_hidden(const Expr& canonical) {
    for (std::size_t i = 0; i < hidden_.size(); ++i)
        if (sql::equal(*hidden_[i], canonical))
            return visible_count() + i;
    hidden_.push_back(&canonical);
    return visible_count() + hidden_.size() - 1;
}

std::size_t Piece::add_plain(const Meaning& meaning) {
    return meaning.item ? *meaning.item : add_hidden(*meaning.expr);
}

std::size_t Piece::add_transport(const Expr& base, const Expr* transport, Rows rows) {
    // A group's weight or number is the same in all its rows, up to padding: any will do.
    const bool is_wrapped = rows == Rows::kGrouped && base.kind != ExprKind::kColumn &&
                            !holds_aggregate(base) && !holds_window(base);
    return add_hidden(is_wrapped ? *make_aggregate("MIN", *transport) : *transport);
}

const Expr* Piece::make_call(std::string_view name, const Expr& arg) const {
    Expr call;
    call.kind = ExprKind::kFunction;
    call.text = name;
    call.args = context_.arena.copy(std::vector<const Expr*>{&arg});
    return context_.arena.make(call);
}

const Expr* Piece::make_aggregate(std::string_view name, const Expr& arg) const {
    Expr call = *make_call(name, arg);
    call.kind = ExprKind::kAggregate;
    return context_.arena.make(call);
}

const Expr* Piece::make_integer(std::uint64_t number) const {
    Expr literal;
    literal.kind = ExprKind::kInteger;
    literal.text = context_.arena.copy(std::string_view(std::to_string(number)));
    return context_.arena.make(literal);
}

const Expr* Piece::plus_zero(const Expr& expr, ExprKind kind) const {
    Expr zero;
    zero.kind = kind;
    zero.text = kind == ExprKind::kDouble ? "0e0" : "0";
    Expr sum;
    sum.kind = ExprKind::kBinary;
    sum.op = sql::Operator::kAdd;
    sum.args = context_.arena.copy(std::vector<const Expr*>{&expr, context_.arena.make(zero)});
    return context_.arena.make(sum);
}

absl::StatusOr<KeyColumn> Piece::add_key(
    const Meaning& meaning, Use use, Rows rows, std::string_view what
) {
    const ExprType type_of_key = type(*meaning.expr);
    switch (type_of_key.value) {
        case ValueClass::kInteger:
        case ValueClass::kDecimal:
        case ValueClass::kDouble:
        case ValueClass::kNumeric:
        case ValueClass::kTemporal:
        case ValueClass::kTime:
        case ValueClass::kBit:
            return KeyColumn{.column = add_plain(meaning)};
        case ValueClass::kFloat:
            return KeyColumn{
                .column = add_transport(
                    *meaning.expr, plus_zero(*meaning.expr, ExprKind::kDouble), rows
                )};
        case ValueClass::kEnum:
            return KeyColumn{
                .column = add_transport(
                    *meaning.expr, plus_zero(*meaning.expr, ExprKind::kInteger), rows
                )};
        case ValueClass::kText:
            return add_text(meaning, type_of_key, use, rows, what);
        case ValueClass::kBytes:
            if (use == Use::kSort &&
                (type_of_key.length_max == 0 || type_of_key.length_max > 1000)) {
                return refuse(
                    errors::kTypeNotMerged,
                    what,
                    "servers sort long binary values by their first bytes and then by length",
                    "sort by a part of it, with LEFT() and CAST"
                );
            }
            return KeyColumn{
                .column = add_plain(meaning),
                .is_cut = type_of_key.length_max == 0 || type_of_key.length_max > 1000};
        case ValueClass::kRefused:
            return refuse(
                errors::kTypeNotMerged,
                what,
                "its type has no order that this library knows",
                "cast it to a type that has one"
            );
        case ValueClass::kNull:
        case ValueClass::kUnknown:
            break;
    }
    return refuse(
        errors::kNeedsGather,
        what,
        "its type or collation cannot be told from the statement",
        "say it with CAST or COLLATE, or use a column"
    );
}

absl::StatusOr<KeyColumn> Piece::add_text(
    const Meaning& meaning, const ExprType& type_of_key, Use use, Rows rows, std::string_view what
) {
    const schema::CollationDef* collation = context_.schema.find_collation(type_of_key.collation);
    if (collation == nullptr) {
        return refuse(
            errors::kNeedsGather,
            what,
            absl::StrFormat("how collation %s pads is not known here", type_of_key.collation),
            "use the collation of a column"
        );
    }
    // Long values: the prefix that servers sort by is one of weights, not of bytes.
    const std::size_t length_max = type_of_key.length_max * weight_bytes_max(type_of_key.collation);
    KeyColumn key;
    key.is_cut = length_max == 0 || length_max > kSortLengthMax;
    if (collation->is_bytes && (!key.is_cut || use == Use::kIdentity)) {
        key.column = add_plain(meaning);
        key.comparison.text =
            collation->pads_space ? Comparison::Text::kBytesPadded : Comparison::Text::kBytes;
        return key;
    }
    const bool is_8bit_bin = type_of_key.collation.ends_with("_bin") && collation->pads_space;
    if (is_8bit_bin && !collation->is_bytes && context_.schema.is_mariadb) {
        return refuse(
            errors::kNeedsGather,
            what,
            absl::StrFormat(
                "MariaDB sorts by %s with or without padding, as the length of its rows has it",
                type_of_key.collation
            ),
            "use a column of another collation"
        );
    }
    const std::size_t unit = collation->pads_space ? collation->space_weight.size() : 1;
    if (use == Use::kSort && key.is_cut && (unit == 0 || kSortLengthMax % unit != 0)) {
        return refuse(
            errors::kTypeNotMerged,
            what,
            "servers sort by the first 1024 bytes of its weight, which ends within a character",
            "sort by LEFT() of it"
        );
    }
    key.comparison.text =
        collation->pads_space ? Comparison::Text::kWeightPadded : Comparison::Text::kWeight;
    key.column = add_plain(meaning);
    key.comparison.weight =
        add_transport(*meaning.expr, make_call("WEIGHT_STRING", *meaning.expr), rows);
    if (collation->pads_space) {
        key.comparison.space_weight = collation->space_weight;
        key.splits_equals = true;
    }
    if (use == Use::kSort && key.is_cut)
        key.comparison.prefix_max = kSortLengthMax;
    return key;
}

std::span<const sql::SelectItem> Piece::items() const {
    std::vector<sql::SelectItem> items;
    const sql::SelectItem* last_star = nullptr;
    for (const NamedItem& named : names_.items()) {
        if (!named.is_of_star) {
            items.push_back(*named.written);
            items.back().alias = label_of(*named.written, context_);
        } else if (named.written != last_star) {
            items.push_back(*named.written);
            last_star = named.written;
        }
    }
    for (std::size_t i = 0; i < hidden_.size(); ++i) {
        const std::string name = absl::StrFormat("_mosaic_%d", i + 1);
        const std::string_view alias = context_.arena.copy(std::string_view(name));
        items.push_back({.expr = hidden_[i], .alias = alias, .source = {}});
    }
    return context_.arena.copy(items);
}

void Piece::describe_columns(Scatter& scatter) const {
    scatter.column_count = visible_count() + hidden_.size();
    for (std::size_t i = 0; i < names_.items().size(); ++i) {
        if (names_.items()[i].is_of_star)
            scatter.star_columns.push_back({i, std::string(names_.items()[i].name)});
    }
}

absl::StatusOr<sql::Template> Piece::print(sql::Select select, sql::Query query) const {
    select.items = items();
    const sql::Select* whole = context_.arena.make(select);
    query.select = whole;
    ShardRewriter rewriter(constructs_.places, context_);
    MOSAIC_ASSIGN_OR_RETURN(const sql::Query* piece, rewriter.rewrite_query(query, query_.select));
    return sql::print(*piece, print_options(context_.facts));
}

}  // namespace mosaic::plan
