#include "keys/random.h"

#include "base/fork.h"

#include <cerrno>
#include <cstring>
#include <sys/random.h>

namespace mosaic::keys {
namespace {

// A call to the kernel costs about 250 ns and 3 ns a byte; at this size the bytes are most of it.
constexpr std::size_t kBufferSize = 2048;

struct Buffer {
    std::size_t used = kBufferSize;
    std::uint32_t fork_generation = 0;
    unsigned char bytes[kBufferSize] = {};
};

constinit thread_local Buffer buffer;

bool refill() {
    std::size_t filled = 0;
    while (filled < kBufferSize) {
        const ssize_t got = getrandom(buffer.bytes + filled, kBufferSize - filled, 0);
        if (got < 0 && errno != EINTR)
            return false;
        filled += got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    buffer.used = 0;
    buffer.fork_generation = fork_generation();
    return true;
}

}  // namespace

bool fill_random(void* bytes, std::size_t size) {
    const bool is_parents = buffer.fork_generation != fork_generation();
    if ((is_parents || buffer.used + size > kBufferSize) && !refill())
        return false;
    unsigned char* const from = buffer.bytes + buffer.used;
    std::memcpy(bytes, from, size);
    // What was given out cannot be read from memory later.
    std::memset(from, 0, size);
    buffer.used += size;
    return true;
}

std::optional<std::uint32_t> random_below(std::uint32_t end) {
    std::uint64_t bits = 0;
    if (!fill_random(&bits, sizeof bits))
        return std::nullopt;
    return static_cast<std::uint32_t>(bits % end);
}

}  // namespace mosaic::keys
