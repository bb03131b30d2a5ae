#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "merge/row_stream.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::exec {

/// What each shard gave to one call, for `mosaic explain --analyze`.
///
/// \par Thread safety
/// All calls from any thread.
class Trace {
public:
    /// The rows of one shard, or those of the answer.
    struct Step {
        std::string shard;  ///< Empty: the answer.
        std::string what;   ///< `answers`, `fills _mosaic_1`, `finishes`
        std::uint64_t rows = 0;
        std::uint64_t bytes = 0;  ///< Of cells.
        Duration first{};         ///< Until its first rows were there, from the call's beginning.
        Duration last{};          ///< Until its last.
    };

    void add(Step step);

    /// In the order in which they ended.
    [[nodiscard]] std::vector<Step> steps() const;

    [[nodiscard]] Duration elapsed() const { return std::chrono::steady_clock::now() - began_; }

private:
    const TimePoint began_ = std::chrono::steady_clock::now();
    mutable Mutex mutex_;
    std::vector<Step> steps_ ABSL_GUARDED_BY(mutex_);
};

/// The stream itself where `trace` is null; else one that adds a step when it ends or is destroyed.
[[nodiscard]] std::unique_ptr<RowStream> traced(
    std::unique_ptr<RowStream> rows, Trace* trace, std::string_view shard, std::string_view what
);

}  // namespace mosaic::exec
