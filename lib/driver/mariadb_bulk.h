#pragma once

#include "driver/error_map.h"
#include "mosaic/value.h"

#include <mysql.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::driver {

/// One INSERT of many rows as COM_STMT_BULK_EXECUTE, MariaDB's own command: one packet, one
/// statement for the server. The last text stays prepared.
class BulkStatement {
public:
    using Rows = std::vector<std::vector<Value>>;

    /// What keeps `rows` from being sent as they are; empty: nothing. A column must hold values of
    /// one kind besides NULL, and all of it must fit `max_bytes`.
    [[nodiscard]] static std::string unfit(const Rows& rows, std::uint64_t max_bytes);

    /// Prepares `text` (a round trip, if it is not the last one), to run in `schema`. False: see
    /// message().
    [[nodiscard]] bool prepare(MYSQL* handle, std::string_view text, std::string_view schema);
    /// Binds `rows`, which must live until execute() has returned. \pre unfit() is empty
    [[nodiscard]] bool bind(const Rows& rows);
    [[nodiscard]] bool execute();
    [[nodiscard]] ServerMessage message() const;

    void forget() noexcept { statement_.reset(); }

    /// Forgets it without telling the server: in a forked child the socket is the parent's.
    void leak() noexcept { static_cast<void>(statement_.release()); }

private:
    struct Close {
        void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
    };

    // One column of the rows, laid out as the connector wants it.
    struct ColumnArray {
        ValueKind kind = ValueKind::kNull;
        std::vector<char> indicators;
        std::vector<std::uint64_t> numbers;
        std::vector<double> doubles;
        std::vector<const char*> texts;
        std::vector<unsigned long> sizes;
    };

    static ColumnArray lay_out(const Rows& rows, std::size_t column);
    static MYSQL_BIND bind_of(ColumnArray& column);

    std::unique_ptr<MYSQL_STMT, Close> statement_;
    bool is_prepared_ = false;
    std::string text_;    // what is prepared, and
    std::string schema_;  // the schema it was prepared in
    std::vector<ColumnArray> columns_;
};

}  // namespace mosaic::driver
