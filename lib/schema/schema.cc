#include "schema/schema.h"

#include <absl/strings/match.h>

namespace mosaic::schema {

const ColumnDef* TableDef::find_column(std::string_view wanted) const {
    for (const ColumnDef& column : columns) {
        if (absl::EqualsIgnoreCase(column.name, absl::string_view(wanted.data(), wanted.size())))
            return &column;
    }
    return nullptr;
}

const TableDef* Schema::find_table(std::string_view name) const {
    const auto it = tables.find(name);
    return it == tables.end() ? nullptr : it->second.get();
}

const CollationDef* Schema::find_collation(std::string_view name) const {
    const auto it = collations.find(name);
    return it == collations.end() ? nullptr : &it->second;
}

}  // namespace mosaic::schema
