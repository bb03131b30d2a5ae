#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace mosaic::sql {

/// Memory for the nodes of one statement, freed all at once. Not thread-safe.
class Arena {
public:
    Arena() = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    template <typename T>
    T* make(T value = {}) {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (allocate(sizeof(T), alignof(T))) T(std::move(value));
    }

    /// A copy of `items` that lives as long as the arena.
    template <typename T>
    std::span<const T> copy(std::span<const T> items) {
        static_assert(std::is_trivially_copyable_v<T>);
        if (items.empty())
            return {};
        void* to = allocate(items.size_bytes(), alignof(T));
        std::memcpy(to, items.data(), items.size_bytes());
        return {static_cast<const T*>(to), items.size()};
    }

    template <typename T>
    std::span<const T> copy(const std::vector<T>& items) {
        return copy(std::span<const T>(items));
    }

    std::string_view copy(std::string_view text) {
        if (text.empty())
            return {};
        char* to = static_cast<char*>(allocate(text.size(), 1));
        std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }

    /// Forgets every node and keeps the first block, so that parsing again allocates nothing.
    void clear() {
        blocks_.clear();
        next_ = first_;
        end_ = first_ + sizeof first_;
    }

private:
    void* allocate(std::size_t size, std::size_t alignment) {
        const auto address = reinterpret_cast<std::uintptr_t>(next_);
        std::byte* begin = next_ + ((alignment - address % alignment) % alignment);
        if (begin + size > end_ || begin < next_)
            return allocate_block(size);
        next_ = begin + size;
        return begin;
    }

    void* allocate_block(std::size_t size) {
        constexpr std::size_t kBlock = 16 * 1024;
        const std::size_t block_size = size > kBlock / 4 ? size : kBlock;
        blocks_.push_back(std::make_unique<std::byte[]>(block_size));
        if (block_size == kBlock) {
            next_ = blocks_.back().get() + size;
            end_ = blocks_.back().get() + block_size;
        }
        return blocks_.back().get();
    }

    alignas(std::max_align_t) std::byte first_[4096];
    std::byte* next_ = first_;
    std::byte* end_ = first_ + sizeof first_;
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

}  // namespace mosaic::sql
