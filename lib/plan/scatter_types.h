#pragma once

#include "plan/bind.h"

#include <cstdint>
#include <string_view>

/// What the planner can prove of an expression's type, without a server.
namespace mosaic::plan {

enum class ValueClass : std::uint8_t {
    kUnknown,  ///< Not proved: never merged.
    kNull,     ///< The literal NULL: takes any type.
    kInteger,
    kDecimal,
    kDouble,
    kNumeric,   ///< One of the three above; the reply says which.
    kFloat,     ///< Single precision: as text it loses digits.
    kTemporal,  ///< DATE, DATETIME, TIMESTAMP: their text sorts.
    kTime,      ///< Signed, and over 99 hours: its text does not sort.
    kText,
    kBytes,
    kEnum,  ///< ENUM and SET.
    kBit,
    kRefused,  ///< JSON, geometry and what this library has no type for.
};

/// How strongly text insists on its collation, weakest first.
enum class Coercibility : std::uint8_t { kLiteral, kImplicit, kExplicit };

struct ExprType {
    ValueClass value = ValueClass::kUnknown;
    ColumnType column_type = ColumnType::kNull;  ///< kTemporal: which.
    std::string_view collation;                  ///< kText and kEnum.
    Coercibility coercibility = Coercibility::kImplicit;
    bool is_ascii = false;         ///< kText: a literal without other characters.
    std::uint32_t length_max = 0;  ///< kText: characters, kBytes: bytes; 0: not known.
};

[[nodiscard]] bool is_numeric(ValueClass value);

/// The type of `expr` where its columns are those of `scope`.
[[nodiscard]] ExprType type_of(
    const sql::Expr& expr, const Scope& scope, const schema::Schema& schema
);

/// The type of a table's column.
[[nodiscard]] ExprType type_of(const schema::ColumnDef& column);

}  // namespace mosaic::plan
