#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// The tree of a statement. Nodes live in an Arena and are never freed one by one; every view points
/// into the statement's text or into the arena. A rewrite makes new nodes and shares the rest: the
/// parser's own nodes are never changed, so all pointers are to const.
namespace mosaic::sql {

struct Expr;
struct Query;

/// A place in printed SQL that is filled when it is sent.
struct Hole {
    enum class Kind : std::uint8_t {
        kSchema,  ///< The shard's schema, as a quoted identifier.
        kValue,   ///< Bound value number `index`, as a literal.
        kOwned,   ///< Ownership filter number `index` of the plan, with its lead; may be nothing.
        kKeys,    ///< Those values of key list number `index` that belong to the shard, by commas.
        kRows,    ///< Those rows of an INSERT that belong to the shard, by commas.
    };
    /// What a kOwned hole puts before its condition, when it has one.
    enum class Lead : std::uint8_t { kNone, kWhere, kAnd };

    Kind kind = Kind::kSchema;
    Lead lead = Lead::kNone;
    std::uint16_t index = 0;

    friend bool operator==(const Hole&, const Hole&) = default;
};

enum class ExprKind : std::uint8_t {
    kNull,
    kTrue,
    kFalse,
    kInteger,    ///< text: the digits.
    kDecimal,    ///< text: digits with a point.
    kDouble,     ///< text: with an exponent.
    kText,       ///< text: what the literal means (escapes undone); qualifier: introducer `_utf8mb4`.
    kHex,        ///< text: hex digits, of x'..' or 0x.. (is_prefixed); qualifier: introducer.
    kBit,        ///< text: binary digits, of b'..' or 0b.. (is_prefixed); qualifier: introducer.
    kTemporal,   ///< DATE'..', TIME'..', TIMESTAMP'..'; qualifier: the word; text: the content.
    kParameter,  ///< `?` number `index`, from 0.
    kColumn,     ///< [[schema.]qualifier.]text
    kStar,       ///< `*` or [schema.]qualifier.`*`: in select lists and in COUNT(*).
    kSystemVariable,  ///< @@[scope.]text; qualifier: the scope as written (global, session, local).
    kUserVariable,    ///< @text
    kAssign,     ///< @v := expr; args: variable, value.
    kUnary,      ///< op, args[0]
    kBinary,     ///< op, args[0], args[1]; also AND, OR, XOR, comparisons, DIV, MOD, ||, SOUNDS LIKE.
    kBetween,    ///< [NOT] args: value, low, high.
    kIn,         ///< [NOT] args[0] IN (args[1..]), or IN (query).
    kLike,       ///< [NOT] args: value, pattern[, escape].
    kRegexp,     ///< [NOT] args: value, pattern.
    kIs,         ///< args[0] IS [NOT] text; text: NULL, TRUE, FALSE, UNKNOWN.
    kRow,        ///< (a, b, ..) or ROW(a, b, ..): at least two.
    kFunction,   ///< [schema.]text(args); built-ins and stored functions, NOW() and CURRENT_DATE too.
    kAggregate,  ///< COUNT, SUM, ..: text is the upper-case name; is_distinct; args; order_by, separator.
    kWindow,     ///< args[0] (a kFunction or kAggregate) OVER window.
    kCase,       ///< args: [operand,] when, then, ..., [else]; has_operand, has_else.
    kCast,       ///< CAST(args[0] AS text) or CONVERT(args[0], text): text is the type as written.
    kConvert,    ///< CONVERT(args[0] USING text)
    kCollate,    ///< args[0] COLLATE text
    kInterval,   ///< INTERVAL args[0] text, as an argument of + - DATE_ADD ..
    kMatch,      ///< MATCH (args[1..]) AGAINST (args[0] text): text is the modifier as written.
    kSubquery,   ///< (query)
    kExists,     ///< [NOT] EXISTS (query)
    kQuantified, ///< args[0] op ANY|ALL (query): text is ANY, SOME or ALL.
    kDefault,    ///< DEFAULT, or DEFAULT(args[0]).
    kValues,     ///< VALUES(args[0]) in ON DUPLICATE KEY UPDATE.
    kHole,       ///< Made by the planner only.
};

enum class Operator : std::uint8_t {
    kNone,
    kOr, kXor, kAnd, kNot,
    kEqual, kNullSafeEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual,
    kBitOr, kBitAnd, kShiftLeft, kShiftRight, kBitXor,
    kAdd, kSubtract, kMultiply, kDivide, kIntegerDivide, kModulo,
    kNegate, kPlus, kBitNot, kBang, kBinaryCast,  ///< Unary; kBang: `!`, kBinaryCast: `BINARY x`.
    kConcat,      ///< || under PIPES_AS_CONCAT.
    kSoundsLike,
    kJsonExtract, kJsonUnquote,  ///< -> and ->>
    kMemberOf,
};

struct OrderItem {
    const Expr* expr = nullptr;
    bool is_descending = false;
};

/// OVER (..) or a named window.
struct Window {
    std::string_view name;  ///< OVER name, or the base window inside the parentheses.
    bool is_reference = false;  ///< OVER name without parentheses.
    std::span<const Expr* const> partition_by;
    std::span<const OrderItem> order_by;
    std::string_view frame;  ///< ROWS|RANGE .., as written; empty: none.
};

/// An expression. Which fields mean something is said at each ExprKind.
struct Expr {
    ExprKind kind = ExprKind::kNull;
    Operator op = Operator::kNone;
    bool is_negated = false;   ///< NOT IN, NOT BETWEEN, NOT LIKE, IS NOT, NOT EXISTS.
    bool is_distinct = false;
    bool has_operand = false;
    bool has_else = false;
    bool is_prefixed = false;  ///< 0x.. or 0b..: among numbers MariaDB takes it, but not x'..', as one.
    std::uint16_t index = 0;   ///< kParameter.
    Hole hole;                 ///< kHole.
    std::uint32_t begin = 0;   ///< Where it stands in the statement, in bytes; 0 for made nodes.
    std::uint32_t end = 0;
    std::string_view text;
    std::string_view qualifier;
    std::string_view schema;
    std::span<const Expr* const> args;
    const Query* query = nullptr;
    std::span<const OrderItem> order_by;  ///< GROUP_CONCAT.
    const Expr* separator = nullptr;      ///< GROUP_CONCAT.
    const Window* window = nullptr;
};

struct SelectItem {
    const Expr* expr = nullptr;
    std::string_view alias;  ///< Without data: none. It may be the empty name too.
    /// The item as written. MySQL names a column without alias after it.
    std::string_view source;

    [[nodiscard]] bool has_alias() const { return alias.data() != nullptr; }
};

enum class JoinKind : std::uint8_t { kInner, kCross, kStraight, kLeft, kRight };

struct TableRef {
    enum class Kind : std::uint8_t { kTable, kDerived, kJoin };
    Kind kind = Kind::kTable;
    std::uint32_t begin = 0;
    // kTable
    std::string_view schema;
    std::string_view name;
    bool has_schema_hole = false;  ///< Made by the planner: prints as <schema hole>.name.
    std::string_view index_hints;  ///< USE|FORCE|IGNORE INDEX .., as written.
    // kTable and kDerived
    std::string_view alias;
    // kDerived
    const Query* query = nullptr;
    bool is_lateral = false;
    std::span<const std::string_view> column_names;  ///< AS t (a, b)
    // kJoin
    JoinKind join = JoinKind::kInner;
    bool is_natural = false;
    const TableRef* left = nullptr;
    const TableRef* right = nullptr;
    const Expr* on = nullptr;
    std::span<const std::string_view> using_columns;
    std::span<const Hole> owned;  ///< Printed at the end of ON.
};

struct Limit {
    const Expr* count = nullptr;
    const Expr* offset = nullptr;  ///< Null: none.
};

/// One SELECT .. FROM .. WHERE .. GROUP BY .. HAVING; ORDER BY and LIMIT are its Query's.
struct Select {
    bool is_distinct = false;
    std::string_view options;  ///< STRAIGHT_JOIN, SQL_NO_CACHE, SQL_CALC_FOUND_ROWS .., as written.
    std::span<const SelectItem> items;
    const TableRef* from = nullptr;  ///< A comma is a kCross join. Null: no FROM (or FROM DUAL).
    const Expr* where = nullptr;
    std::span<const Hole> owned;     ///< Printed at the end of WHERE.
    std::span<const OrderItem> group_by;
    bool has_rollup = false;
    const Expr* having = nullptr;
    struct NamedWindow {
        std::string_view name;
        const Window* window = nullptr;
    };
    std::span<const NamedWindow> windows;
};

enum class SetOperator : std::uint8_t { kUnion, kIntersect, kExcept };

struct SetOperation {
    SetOperator op = SetOperator::kUnion;
    bool is_all = false;
    const Query* left = nullptr;
    const Query* right = nullptr;
};

struct Cte {
    std::string_view name;
    std::span<const std::string_view> column_names;
    const Query* query = nullptr;
};

/// A query expression: exactly one of select, set and values.
struct Query {
    std::uint32_t begin = 0;
    bool is_recursive = false;
    bool has_parentheses = false;  ///< Written in its own parentheses inside a set operation.
    std::span<const Cte> with;
    const Select* select = nullptr;
    const SetOperation* set = nullptr;
    std::span<const Expr* const> values;  ///< VALUES (..), (..): kRow or single expressions.
    std::span<const OrderItem> order_by;
    const Limit* limit = nullptr;
    std::string_view locking;  ///< FOR UPDATE .., LOCK IN SHARE MODE, as written; empty: none.
};

struct Assignment {
    const Expr* column = nullptr;
    const Expr* value = nullptr;
};

struct Insert {
    bool is_replace = false;
    bool is_ignore = false;
    std::string_view priority;  ///< LOW_PRIORITY, DELAYED, HIGH_PRIORITY, as written.
    const TableRef* table = nullptr;
    std::span<const Expr* const> columns;            ///< Empty: no list was written.
    bool has_columns = false;                        ///< `()` was written, or a list.
    std::span<const std::span<const Expr* const>> rows;  ///< VALUES, or the one row of SET.
    bool has_rows_hole = false;                      ///< Made by the planner: rows come by a kRows hole.
    const Query* query = nullptr;                    ///< INSERT .. SELECT
    std::span<const Assignment> on_duplicate;
    std::span<const SelectItem> returning;
};

struct Update {
    bool is_ignore = false;
    std::string_view priority;
    const TableRef* table = nullptr;  ///< A join: a multi-table update.
    std::span<const Assignment> assignments;
    const Expr* where = nullptr;
    std::span<const Hole> owned;
    std::span<const OrderItem> order_by;
    const Limit* limit = nullptr;
};

struct Delete {
    bool is_ignore = false;
    std::string_view options;  ///< LOW_PRIORITY, QUICK, as written.
    std::span<const TableRef* const> targets;  ///< Multi-table: what rows are deleted from.
    const TableRef* table = nullptr;           ///< FROM, or what USING names.
    const Expr* where = nullptr;
    std::span<const Hole> owned;
    std::span<const OrderItem> order_by;
    const Limit* limit = nullptr;
    std::span<const SelectItem> returning;
};

/// `SET a = 1, @@session.b = 2, @c := 3`, `SET NAMES x`, `SET TRANSACTION ..`.
struct Set {
    std::span<const Assignment> assignments;  ///< column: kColumn (a bare name), or a variable.
    std::string_view names;                   ///< SET NAMES x [COLLATE y]: x; empty: none.
    std::string_view collation;               ///< y
    std::string_view other;                   ///< Anything else, as written (SET TRANSACTION ..).
};

enum class StatementKind : std::uint8_t {
    kQuery,      ///< query
    kInsert,     ///< insert; REPLACE too
    kUpdate,
    kDelete,
    kSet,
    kBegin,      ///< BEGIN [WORK], START TRANSACTION [..]: text is what follows, as written.
    kCommit,
    kRollback,
    kSavepoint,  ///< SAVEPOINT name, ROLLBACK TO name, RELEASE SAVEPOINT name: text is all of it.
    kUse,        ///< text: the schema's name.
    kShow,       ///< text: what follows SHOW, as written; also DESCRIBE t as COLUMNS FROM t.
    kExplain,    ///< text: the statement that is explained, as written.
    kDdl,        ///< CREATE, ALTER, DROP, TRUNCATE, RENAME ..: text is the first two words, upper case.
    kOther,      ///< Recognised by its first word only (CALL, LOCK, KILL, DO ..): text is that word.
};

struct Statement {
    StatementKind kind = StatementKind::kOther;
    std::string_view source;  ///< All of the statement, without a trailing `;`.
    std::string_view text;
    const Query* query = nullptr;
    const Insert* insert = nullptr;
    const Update* update = nullptr;
    const Delete* del = nullptr;
    const Set* set = nullptr;
    std::uint16_t parameter_count = 0;
};

}  // namespace mosaic::sql
