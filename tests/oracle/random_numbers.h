#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mosaic::oracle {

/// The choices behind one generated statement: a sequence that depends on the seed and the
/// statement's number only, on every machine.
class Choices {
public:
    Choices(std::uint64_t seed, std::uint64_t number) : state_(mixed(seed) ^ mixed(~number)) {}

    /// \pre count > 0. \return 0 .. count - 1
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }

    /// True in so many of a hundred cases.
    bool chance(std::size_t percent) { return below(100) < percent; }

    /// \pre !from.empty()
    template <typename T>
    const T& pick(const std::vector<T>& from) {
        return from[below(from.size())];
    }

private:
    static std::uint64_t mixed(std::uint64_t value) {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15;
        return mixed(state_);
    }

    std::uint64_t state_;
};

}  // namespace mosaic::oracle
