#include "driver/mariadb_bulk.h"

#include <absl/strings/str_format.h>

namespace mosaic::driver {
namespace {

// Header, indicator, and the length before each text: more than the protocol takes.
constexpr std::uint64_t kBytesPerValue = 10;
constexpr std::uint64_t kBytesPerRequest = 64;

bool holds_text(ValueKind kind) {
    return kind == ValueKind::kText || kind == ValueKind::kBytes || kind == ValueKind::kDecimal;
}

ValueKind kind_of_column(const BulkStatement::Rows& rows, std::size_t column) {
    for (const auto& row : rows)
        if (!row[column].is_null())
            return row[column].kind();
    return ValueKind::kNull;
}

enum_field_types wire_type(ValueKind kind) {
    switch (kind) {
        case ValueKind::kNull:
            return MYSQL_TYPE_STRING;  // all indicators say NULL
        case ValueKind::kInt:
        case ValueKind::kUint:
            return MYSQL_TYPE_LONGLONG;
        case ValueKind::kDouble:
            return MYSQL_TYPE_DOUBLE;
        case ValueKind::kDecimal:
            return MYSQL_TYPE_NEWDECIMAL;
        case ValueKind::kText:
            return MYSQL_TYPE_STRING;
        case ValueKind::kBytes:
            return MYSQL_TYPE_BLOB;
    }
    return MYSQL_TYPE_STRING;
}

}  // namespace

std::string BulkStatement::unfit(const Rows& rows, std::uint64_t max_bytes) {
    if (rows.empty() || rows[0].empty())
        return "there are no rows, or no columns";
    std::uint64_t bytes = kBytesPerRequest;
    std::vector<ValueKind> kinds(rows[0].size(), ValueKind::kNull);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (rows[row].size() != kinds.size())
            return absl::StrFormat(
                "row %d has %d values, the first has %d", row + 1, rows[row].size(), kinds.size()
            );
        for (std::size_t column = 0; column < kinds.size(); ++column) {
            const Value& value = rows[row][column];
            bytes += kBytesPerValue + (holds_text(value.kind()) ? value.text().size() : 0);
            if (value.is_null())
                continue;
            if (kinds[column] == ValueKind::kNull)
                kinds[column] = value.kind();
            if (kinds[column] != value.kind())
                return absl::StrFormat("column %d mixes values of two kinds", column + 1);
        }
    }
    if (bytes > max_bytes)
        return absl::StrFormat(
            "they take up to %d bytes and the server's max_allowed_packet is %d", bytes, max_bytes
        );
    return {};
}

bool BulkStatement::prepare(MYSQL* handle, std::string_view text, std::string_view schema) {
    if (statement_ != nullptr && is_prepared_ && text == text_ && schema == schema_)
        return true;
    text_ = text;
    schema_ = schema;
    statement_.reset(mysql_stmt_init(handle));
    is_prepared_ = statement_ != nullptr &&
                   mysql_stmt_prepare(statement_.get(), text_.data(), text_.size()) == 0;
    return is_prepared_;
}

BulkStatement::ColumnArray BulkStatement::lay_out(const Rows& rows, std::size_t column) {
    ColumnArray array;
    array.kind = kind_of_column(rows, column);
    for (const auto& row : rows) {
        const Value& value = row[column];
        const bool is_null = value.is_null();
        array.indicators.push_back(is_null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
        if (array.kind == ValueKind::kInt || array.kind == ValueKind::kUint) {
            array.numbers.push_back(value.as_uint());  // the same bits for kInt
        } else if (array.kind == ValueKind::kDouble) {
            array.doubles.push_back(value.as_double());
        } else {
            array.texts.push_back(is_null ? "" : value.text().data());
            array.sizes.push_back(is_null ? 0 : value.text().size());
        }
    }
    return array;
}

MYSQL_BIND BulkStatement::bind_of(ColumnArray& column) {
    MYSQL_BIND bind{};
    bind.buffer_type = wire_type(column.kind);
    bind.is_unsigned = column.kind == ValueKind::kUint ? 1 : 0;
    bind.u.indicator = column.indicators.data();
    if (!column.numbers.empty()) {
        bind.buffer = column.numbers.data();
    } else if (!column.doubles.empty()) {
        bind.buffer = column.doubles.data();
    } else {
        bind.buffer = column.texts.data();
        bind.length = column.sizes.data();
    }
    return bind;
}

bool BulkStatement::bind(const Rows& rows) {
    columns_.clear();
    std::vector<MYSQL_BIND> binds;
    columns_.reserve(rows[0].size());
    for (std::size_t i = 0; i < rows[0].size(); ++i) {
        columns_.push_back(lay_out(rows, i));
        binds.push_back(bind_of(columns_.back()));
    }
    const auto row_count = static_cast<unsigned>(rows.size());
    return mysql_stmt_attr_set(statement_.get(), STMT_ATTR_ARRAY_SIZE, &row_count) == 0 &&
           mysql_stmt_bind_param(statement_.get(), binds.data()) == 0;
}

bool BulkStatement::execute() {
    return mysql_stmt_execute(statement_.get()) == 0;
}

ServerMessage BulkStatement::message() const {
    if (statement_ == nullptr)
        return {2008, "HY000", "the client is out of memory"};
    return {
        static_cast<int>(mysql_stmt_errno(statement_.get())),
        mysql_stmt_sqlstate(statement_.get()),
        mysql_stmt_error(statement_.get())};
}

}  // namespace mosaic::driver
