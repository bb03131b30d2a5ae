#include "client/plan_cache.h"

#include <utility>

namespace mosaic::client {

std::shared_ptr<const plan::Plan> PlanCache::find(std::string_view text) {
    const MutexLock lock(mutex_);
    const auto found = by_text_.find(text);
    if (found == by_text_.end())
        return nullptr;
    if (found->second != entries_.begin())
        entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->plan;
}

void PlanCache::insert(
    std::string_view text, std::shared_ptr<const plan::Plan> plan, std::uint64_t version
) {
    if (text.size() > kTextBytesMax || plans_max_ == 0)
        return;
    const MutexLock lock(mutex_);
    if (version < version_)
        return;
    if (const auto found = by_text_.find(text); found != by_text_.end()) {
        found->second->plan = std::move(plan);
        return;
    }
    entries_.push_front({std::string(text), std::move(plan)});
    by_text_.emplace(entries_.front().text, entries_.begin());
    if (entries_.size() > plans_max_) {
        by_text_.erase(entries_.back().text);
        entries_.pop_back();
    }
}

void PlanCache::clear(std::uint64_t version) {
    const MutexLock lock(mutex_);
    version_ = version;
    by_text_.clear();
    entries_.clear();
}

}  // namespace mosaic::client
