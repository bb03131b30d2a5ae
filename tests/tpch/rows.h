#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace mosaic::tpch {

/// Called with a table's name and one row of it as SQL: `(1, 'a')`.
using Emit = std::function<void(std::string_view table, std::string_view row)>;

/// Makes all rows of TPC-H at a scale factor (1: 6 million lines of orders), table by table apart
/// from orders and lineitem, which come together. The same rows each time: sizes, ranges and
/// dependences between columns are those of the specification, the random numbers our own, and
/// comments are random words. \pre scale > 0
void make_rows(double scale, const Emit& emit);

}  // namespace mosaic::tpch
