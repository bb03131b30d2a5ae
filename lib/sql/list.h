#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

namespace mosaic::sql {

/// The items of a list while it is read, before an arena gets them: on the stack while they are
/// few.
template <typename T>
class List {
public:
    static_assert(std::is_trivially_copyable_v<T>);

    void push_back(const T& item) {
        if (count_ < kFew) {
            std::memcpy(few_ + count_ * sizeof(T), &item, sizeof(T));
        } else {
            if (count_ == kFew)
                many_.assign(view().begin(), view().end());
            many_.push_back(item);
        }
        ++count_;
    }

    [[nodiscard]] std::span<const T> view() const {
        if (count_ > kFew)
            return many_;
        return {std::launder(reinterpret_cast<const T*>(few_)), count_};
    }

    [[nodiscard]] const T& front() const { return view().front(); }

    [[nodiscard]] const T& back() const { return view().back(); }

    [[nodiscard]] std::size_t size() const { return count_; }

    void clear() {
        count_ = 0;
        many_.clear();
    }

private:
    static constexpr std::size_t kFew = 8;

    alignas(T) std::byte few_[kFew * sizeof(T)];
    std::size_t count_ = 0;
    std::vector<T> many_;
};

}  // namespace mosaic::sql
