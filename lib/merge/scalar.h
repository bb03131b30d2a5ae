#pragma once

#include "merge/number.h"
#include "merge/specs.h"

#include <absl/status/statusor.h>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace mosaic::merge {

/// What a Scalar evaluates to: an exact number, a double, text that is only passed on, or NULL.
struct Result {
    enum class Kind : std::uint8_t { kNull, kExact, kDouble, kText };
    Kind kind = Kind::kNull;
    Decimal exact;
    double real = 0;
    std::string_view text;  ///< In the batch that was evaluated, or in the Expression.
    /// The digits of a quotient that goes on beyond them: see divide_marked().
    bool is_inexact = false;

    [[nodiscard]] bool is_null() const { return kind == Kind::kNull; }
};

/// Of a number. \pre kind is kExact or kDouble
[[nodiscard]] double as_double(const Result& number);

/// The error of an expression that depends on digits of which servers keep different numbers.
[[nodiscard]] absl::Status inexact_used();

/// What expressions read.
struct ScalarInputs {
    std::span<const Column> columns;
    std::span<const Value> values;  ///< Bound to the statement.
};

/// A Scalar, checked against the rows that it will read and with its types worked out.
///
/// Where servers differ it refuses (kMergeType): MariaDB and MySQL keep different numbers of digits
/// of a quotient that is used further, so an inexact one may be passed on, negated, and compared
/// with what is clearly less or greater, and nothing else.
class Expression {
public:
    /// `quotient_scale`: of the result, where that is a quotient (the answer's column says); else
    /// the scale of a quotient is its left side's plus 4.
    [[nodiscard]] static absl::StatusOr<Expression> make(
        const Scalar& scalar,
        const ScalarInputs& inputs,
        std::optional<int> quotient_scale = std::nullopt
    );

    [[nodiscard]] absl::StatusOr<Result> evaluate(const Batch& batch, std::size_t row) const {
        return evaluate(root_, batch, row);
    }

    /// How the result would be described: for the cells that append_result() makes of it.
    [[nodiscard]] const Column& column() const { return root_.type; }

private:
    struct Node {
        Scalar::Op op = Scalar::Op::kLiteral;
        Column type;  ///< Of the result; of a column, as its shards say.
        std::size_t column = 0;
        Value value;
        std::vector<Node> args;
    };

    using Truth = std::optional<bool>;

    static absl::StatusOr<Node> compile(const Scalar& scalar, const ScalarInputs& inputs);
    static absl::StatusOr<Node> compile_value(Value value);
    static absl::Status type_arithmetic(Node& node);
    static absl::Status type_choice(Node& node, std::size_t first);

    static absl::StatusOr<Result> evaluate(const Node& node, const Batch& batch, std::size_t row);
    static absl::StatusOr<Result> read_column(
        const Node& node, const Batch& batch, std::size_t row
    );
    static absl::StatusOr<Result> read_value(const Node& node);
    static absl::StatusOr<Result> arithmetic(const Node& node, const Batch& batch, std::size_t row);
    static absl::StatusOr<Result> exact_arithmetic(
        const Node& node, const Decimal& a, const Decimal& b
    );
    static absl::StatusOr<Result> double_arithmetic(const Node& node, double a, double b);
    static absl::StatusOr<Result> negate(const Node& node, const Batch& batch, std::size_t row);
    static absl::StatusOr<Result> choose(const Node& node, const Batch& batch, std::size_t row);
    static absl::StatusOr<Truth> compare(
        Scalar::Op op, const Node& left, const Node& right, const Batch& batch, std::size_t row
    );
    static absl::StatusOr<Truth> predicate(const Node& node, const Batch& batch, std::size_t row);
    static absl::StatusOr<Truth> logic(const Node& node, const Batch& batch, std::size_t row);
    static absl::StatusOr<Truth> is_in(const Node& node, const Batch& batch, std::size_t row);
    static absl::StatusOr<Truth> truth(const Node& node, const Batch& batch, std::size_t row);

    friend absl::StatusOr<bool> holds(const Expression&, const Batch&, std::size_t);

    Node root_;
};

/// Whether a condition is true: neither false nor NULL.
[[nodiscard]] absl::StatusOr<bool> holds(
    const Expression& condition, const Batch& batch, std::size_t row
);

/// Appends `result` as a cell of a column with the type and scale of `column`.
[[nodiscard]] absl::Status append_result(Batch& out, const Result& result, const Column& column);

}  // namespace mosaic::merge
