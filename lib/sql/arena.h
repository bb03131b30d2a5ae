#pragma once

#include "sql/list.h"

#include <algorithm>
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
    T* make() {
        static_assert(std::is_trivially_copyable_v<T>);
        // Copied, since g++ clears a node by a string instruction, which takes long to start.
        static const T kNew{};
        return static_cast<T*>(std::memcpy(allocate(sizeof(T), alignof(T)), &kNew, sizeof(T)));
    }

    template <typename T>
    T* make(const T& value) {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (allocate(sizeof(T), alignof(T))) T(value);
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

    template <typename T>
    std::span<const T> copy(const List<T>& items) {
        return copy(items.view());
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
        block_size_ = kBlockMin;
        next_ = first_;
        end_ = first_ + sizeof first_;
    }

private:
    void* allocate(std::size_t size, std::size_t alignment) {
        const auto address = reinterpret_cast<std::uintptr_t>(next_);
        const std::size_t gap = (0 - address) & (alignment - 1);
        if (static_cast<std::size_t>(end_ - next_) < gap + size)
            return allocate_block(size);
        std::byte* begin = next_ + gap;
        next_ = begin + size;
        return begin;
    }

    // Blocks grow fast with the statement: glibc goes on to keep for the next one what it was given
    // back as a block, and does not keep a heap that grew by many small ones: its pages would have
    // to be made anew for every statement.
    void* allocate_block(std::size_t size) {
        const std::size_t block_size = std::max(size, block_size_);
        block_size_ = std::min(block_size_ * 4, kBlockMax);
        blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(block_size));
        next_ = blocks_.back().get() + size;
        end_ = blocks_.back().get() + block_size;
        return blocks_.back().get();
    }

    static constexpr std::size_t kBlockMin = 16 * 1024;
    static constexpr std::size_t kBlockMax = 4 * 1024 * 1024;

    alignas(std::max_align_t) std::byte first_[8192];
    std::byte* next_ = first_;
    std::byte* end_ = first_ + sizeof first_;
    std::size_t block_size_ = kBlockMin;
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

}  // namespace mosaic::sql
