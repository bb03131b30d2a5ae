// module: client
#pragma once

#include "mosaic/batch.h"
#include "mosaic/id.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace mosaic {

/// What a statement that gives no rows has done.
struct Done {
    std::uint64_t affected_rows = 0;  ///< Over all shards; changed rows, as in the mariadb client.
    /// The first id that a key scheme filled in; else what the one shard gives: of a local table's
    /// AUTO_INCREMENT, or of LAST_INSERT_ID(expr).
    std::optional<Id> last_insert_id;
    std::uint32_t warnings = 0;
    std::string info;                 ///< `Rows matched: 1  Changed: 0  Warnings: 0`, of one shard.
};

/// Reads one cell as a C++ type: std::int64_t, std::uint64_t, std::int32_t, std::uint32_t, bool, double,
/// std::string, std::string_view (valid while the result lives), Uuid, and std::optional of these for
/// columns that may be NULL. An error (kCellConversion) names the column, the text and the type.
template <typename T>
struct CellReader {
    static absl::StatusOr<T> read(const Column& column, std::optional<std::string_view> cell);
};

/// All rows of an answer, in memory. Values are text as the server sent them, until they are read
/// as a type.
///
/// \par Thread safety
/// Immutable; may be read by many threads.
class Result {
public:
    Result() = default;
    Result(
        std::vector<Column> columns,
        std::vector<Batch> batches,
        std::uint32_t warnings,
        std::vector<std::string> missing_shards = {}
    );

    [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
    [[nodiscard]] std::size_t row_count() const { return row_count_; }
    [[nodiscard]] std::uint32_t warnings() const { return warnings_; }
    /// Shards whose rows are not in it; see Statement::allow_partial().
    [[nodiscard]] const std::vector<std::string>& missing_shards() const { return missing_shards_; }
    /// Null is nullopt. \pre row < row_count(), column < columns().size()
    [[nodiscard]] std::optional<std::string_view> cell(std::size_t row, std::size_t column) const;

    /// Every row as a tuple; types and NULLs are checked here, so iterating cannot fail.
    template <typename... Types>
    [[nodiscard]] absl::StatusOr<std::vector<std::tuple<Types...>>> as() const;

private:
    [[nodiscard]] absl::Status check_column_count(std::size_t wanted) const;

    template <typename Tuple, std::size_t... I>
    absl::Status read_row(std::size_t row, Tuple& out, std::index_sequence<I...> /*columns*/) const;

    std::vector<Column> columns_;
    std::vector<Batch> batches_;
    std::vector<std::size_t> first_rows_;  ///< Of each batch.
    std::size_t row_count_ = 0;
    std::uint32_t warnings_ = 0;
    std::vector<std::string> missing_shards_;
};

/// Rows that are pulled from the servers as they are asked for: at most a batch per shard is in
/// memory. Destroying it early cuts what the servers still send.
///
/// \par Thread safety
/// One thread at a time.
/// \par Lifetime
/// May outlive its client.
class Stream {
public:
    class Source;
    explicit Stream(std::unique_ptr<Source> source);
    ~Stream();
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;

    [[nodiscard]] const std::vector<Column>& columns() const;
    /// Shards whose rows are not in it; see Statement::allow_partial().
    [[nodiscard]] const std::vector<std::string>& missing_shards() const;
    /// Fills `out` with the next rows. False: there were no more. Blocks until the statement's
    /// deadline at most.
    [[nodiscard]] absl::StatusOr<bool> next(Batch& out);

private:
    std::unique_ptr<Source> source_;
};

// Definitions of templates.

template <typename... Types>
absl::StatusOr<std::vector<std::tuple<Types...>>> Result::as() const {
    if (absl::Status status = check_column_count(sizeof...(Types)); !status.ok())
        return status;
    std::vector<std::tuple<Types...>> rows(row_count_);
    for (std::size_t row = 0; row < row_count_; ++row) {
        absl::Status status = read_row(row, rows[row], std::index_sequence_for<Types...>());
        if (!status.ok())
            return status;
    }
    return rows;
}

template <typename Tuple, std::size_t... I>
absl::Status Result::read_row(
    std::size_t row, Tuple& out, std::index_sequence<I...> /*columns*/
) const {
    absl::Status status;
    const auto read = [&]<std::size_t Column>() {
        if (!status.ok())
            return;
        using Cell = std::tuple_element_t<Column, Tuple>;
        auto value = CellReader<Cell>::read(columns_[Column], cell(row, Column));
        if (value.ok())
            std::get<Column>(out) = *std::move(value);
        else
            status = std::move(value).status();
    };
    (read.template operator()<I>(), ...);
    return status;
}

template <typename T>
struct CellReader<std::optional<T>> {
    static absl::StatusOr<std::optional<T>> read(
        const Column& column, std::optional<std::string_view> cell
    ) {
        if (!cell)
            return std::optional<T>();
        auto value = CellReader<T>::read(column, cell);
        if (!value.ok())
            return std::move(value).status();
        return std::optional<T>(*std::move(value));
    }
};

}  // namespace mosaic
