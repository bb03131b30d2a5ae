#pragma once

#include "base/mutex.h"
#include "base/string_map.h"
#include "plan/plan.h"

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace mosaic::client {

/// The plans of the statements that were used last, by text. What else a plan depends on is the
/// same for a client's whole life (its session settings, its database) or empties the cache when it
/// changes (definitions of tables); the map is in no plan.
///
/// \par Thread safety
/// All calls from any thread.
/// \par Cost
/// A hit is one hash of the text and one lock.
class PlanCache {
public:
    /// Longer texts (an INSERT of many rows, say) are planned each time: they seldom come again.
    static constexpr std::size_t kTextBytesMax = 16 * 1024;

    explicit PlanCache(std::size_t plans_max) : plans_max_(plans_max) {}

    /// Null: not there.
    [[nodiscard]] std::shared_ptr<const plan::Plan> find(std::string_view text);
    /// `version`: of the definitions that the plan was made with. A plan made before clear() was
    /// called with a higher one is not kept.
    void insert(
        std::string_view text, std::shared_ptr<const plan::Plan> plan, std::uint64_t version
    );
    void clear(std::uint64_t version);

private:
    struct Entry {
        std::string text;
        std::shared_ptr<const plan::Plan> plan;
    };

    using Entries = std::list<Entry>;

    const std::size_t plans_max_;
    Mutex mutex_;
    std::uint64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
    Entries entries_ ABSL_GUARDED_BY(mutex_);  ///< Used last first.
    absl::flat_hash_map<std::string_view, Entries::iterator, StringHash, std::equal_to<>> by_text_
        ABSL_GUARDED_BY(mutex_);  ///< The views are the entries' texts.
};

}  // namespace mosaic::client
