#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace mosaic::tpch {

/// Makes INSERTs of many rows from single rows.
class Filler {
public:
    using Send = std::function<void(const std::string& insert)>;

    explicit Filler(Send send) : send_(std::move(send)) {}

    void add(std::string_view table, std::string_view row);
    /// Sends what is left.
    void finish();

    [[nodiscard]] std::size_t row_count() const { return rows_; }

private:
    Send send_;
    std::map<std::string, std::string, std::less<>> inserts_;  ///< By table.
    std::size_t rows_ = 0;
};

}  // namespace mosaic::tpch
