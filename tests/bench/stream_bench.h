#pragma once

#include <cstdint>

namespace mosaic::bench {

/// Streams a table of `rows` rows over 4 shards in the order of its key, and prints how this
/// process grew meanwhile. \return the program's exit code: 0 when the rows came in order, all of
/// them, in less than 64 MiB.
[[nodiscard]] int stream_rows(std::uint64_t rows);

}  // namespace mosaic::bench
