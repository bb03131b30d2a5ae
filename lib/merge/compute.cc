#include "merge/compute.h"

#include "base/status.h"
#include "merge/operator.h"
#include "merge/scalar.h"

#include <absl/strings/str_format.h>

#include <utility>

namespace mosaic::merge {
namespace {

class Filter final : public Operator {
public:
    Filter(std::unique_ptr<RowStream> input, Expression condition)
        : Operator(std::move(input), {}), condition_(std::move(condition)) {
        columns_ = input_->columns();
    }

    absl::StatusOr<bool> next(Batch& out) override {
        out.clear(columns_.size());
        while (out.empty()) {
            MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, input_->next(batch_));
            if (!has_rows)
                break;
            for (std::size_t row = 0; row < batch_.row_count(); ++row) {
                MOSAIC_ASSIGN_OR_RETURN(const bool is_kept, holds(condition_, batch_, row));
                if (is_kept)
                    out.append_row(batch_, row);
            }
        }
        return !out.empty();
    }

private:
    Expression condition_;
    Batch batch_;
};

// One column of the rows that Projection makes: a cell as it is, or computed.
struct Made {
    std::size_t column = 0;
    std::optional<Expression> expression;
    Column described;
};

class Projection final : public Operator {
public:
    Projection(
        std::unique_ptr<RowStream> input, std::vector<Column> columns, std::vector<Made> made
    )
        : Operator(std::move(input), std::move(columns)), made_(std::move(made)) {}

    absl::StatusOr<bool> next(Batch& out) override {
        out.clear(columns_.size());
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, input_->next(batch_));
        if (!has_rows)
            return false;
        for (std::size_t row = 0; row < batch_.row_count(); ++row)
            for (const Made& made : made_) MOSAIC_RETURN_IF_ERROR(append(out, made, row));
        return true;
    }

private:
    absl::Status append(Batch& out, const Made& made, std::size_t row) const {
        if (made.expression) {
            MOSAIC_ASSIGN_OR_RETURN(const Result result, made.expression->evaluate(batch_, row));
            return append_result(out, result, made.described);
        }
        const auto cell = batch_.cell(row, made.column);
        const Column& described = made.described;
        if (!cell)
            out.append_null();
        else if (described.type == ColumnType::kDecimal && scale_of(*cell) > described.decimals)
            return append_quotient(out, *cell, made.described);
        else
            out.append(*cell);
        return absl::OkStatus();
    }

    // An inexact average (divide_marked()) as the server prints it.
    static absl::Status append_quotient(Batch& out, std::string_view cell, const Column& column) {
        const std::optional<Decimal> quotient = Decimal::parse(cell);
        if (!quotient)
            return cell_error(cell, column);
        out.append(quotient->rescaled(column.decimals).to_string());
        return absl::OkStatus();
    }

    std::vector<Made> made_;
    Batch batch_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowStream>> make_filter(
    std::unique_ptr<RowStream> input, const Scalar& condition, std::span<const Value> values
) {
    MOSAIC_ASSIGN_OR_RETURN(
        Expression made,
        Expression::make(condition, {.columns = input->columns(), .values = values})
    );
    return std::make_unique<Filter>(std::move(input), std::move(made));
}

absl::StatusOr<std::unique_ptr<RowStream>> make_computed(
    std::unique_ptr<RowStream> input,
    const std::vector<Scalar>& computed,
    std::span<const Value> values
) {
    std::vector<Column> columns = input->columns();
    std::vector<Made> made;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        // Inexact quotients stay marked: the answer's columns may compute with them.
        made.push_back({.column = i, .expression = std::nullopt, .described = {}});
    }
    for (const Scalar& scalar : computed) {
        if (scalar.op == Scalar::Op::kColumn && scalar.column < input->columns().size()) {
            columns.push_back(input->columns()[scalar.column]);
            made.push_back({.column = scalar.column, .expression = std::nullopt, .described = {}});
            continue;
        }
        MOSAIC_ASSIGN_OR_RETURN(
            Expression expression,
            Expression::make(scalar, {.columns = input->columns(), .values = values})
        );
        columns.push_back(expression.column());
        made.push_back(
            {.column = 0, .expression = std::move(expression), .described = columns.back()}
        );
    }
    return std::make_unique<Projection>(std::move(input), std::move(columns), std::move(made));
}

absl::StatusOr<std::unique_ptr<RowStream>> make_output(
    std::unique_ptr<RowStream> input,
    const std::vector<OutputColumn>& output,
    std::span<const Value> values
) {
    const std::vector<Column>& read = input->columns();
    std::vector<OutputColumn> wanted = output;
    for (std::size_t i = 0; output.empty() && i < read.size(); ++i)
        wanted.push_back({.column = i, .scalar = std::nullopt});
    std::vector<Column> columns;
    std::vector<Made> made;
    for (const OutputColumn& column : wanted) {
        if (column.column >= read.size())
            return type_error(
                absl::StrFormat("the answer needs column %d of %d", column.column, read.size())
            );
        columns.push_back(read[column.column]);
        made.push_back(
            {.column = column.column, .expression = std::nullopt, .described = columns.back()}
        );
        if (!column.scalar)
            continue;
        const Column& described = columns.back();
        const std::optional<int> scale = described.type == ColumnType::kDecimal
                                             ? std::optional<int>(described.decimals)
                                             : std::nullopt;
        MOSAIC_ASSIGN_OR_RETURN(
            made.back().expression,
            Expression::make(*column.scalar, {.columns = read, .values = values}, scale)
        );
    }
    return std::make_unique<Projection>(std::move(input), std::move(columns), std::move(made));
}

}  // namespace mosaic::merge
