#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace mosaic::keys {

/// Fills `size` bytes, 64 at most, with cryptographic random bytes, from a buffer of this thread
/// that the kernel fills and that a forked child never shares. False: the system gives none.
[[nodiscard]] bool fill_random(void* bytes, std::size_t size);

/// A random number below `end`, each equally likely up to 2^-32; empty: no random bytes.
[[nodiscard]] std::optional<std::uint32_t> random_below(std::uint32_t end);

}  // namespace mosaic::keys
