#include "base/status.h"
#include "pool/keeper.h"
#include "pool/pool.h"
#include "pool/server_pool.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/str_format.h>

#include <map>
#include <tuple>
#include <utility>

namespace mosaic::pool {
namespace {

struct OptionsHash {
    std::size_t operator()(const driver::ConnectOptions& options) const {
        return absl::HashOf(options.endpoint, options.user);
    }
};

// The order in which every call takes pools: no circle of calls can wait for each other.
struct PoolOrder {
    bool operator()(const Pool* a, const Pool* b) const {
        const driver::ConnectOptions& left = a->options();
        const driver::ConnectOptions& right = b->options();
        return std::tie(left.endpoint, left.user, a) < std::tie(right.endpoint, right.user, b);
    }
};

}  // namespace

PooledConnection& PooledConnection::operator=(PooledConnection&& other) noexcept {
    if (this != &other) {
        give_back();
        pool_ = std::move(other.pool_);
        member_ = std::move(other.member_);
        change_ = other.change_;
    }
    return *this;
}

void PooledConnection::give_back() noexcept {
    if (pool_ == nullptr)
        return;
    if (pool_->is_copy_in_child())
        // Kept for ever: the pool may be locked by a thread that the child does not have.
        static_cast<void>(new std::shared_ptr<Pool>(std::move(pool_)));
    else
        pool_->give_back(std::move(*member_), change_);
    member_.reset();
    pool_.reset();
}

class Pools::Inside {
public:
    Inside(std::shared_ptr<driver::Driver> driver, const PoolOptions& options)
        : driver_(std::move(driver)),
          options_(options),
          refusing_(std::make_shared<ServerPool>(
              driver_, driver::ConnectOptions{}, options_, [](TimePoint) {}
          )),
          keeper_([this](TimePoint now) { return tick(now); }) {}

    ~Inside() {
        keeper_.finish();
        for (const auto& [options, pool] : pools_) pool->close();
    }

    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

    Pool& pool(const driver::ConnectOptions& connect) {
        if (is_copy_in_child())
            return *refusing_;
        const MutexLock lock(mutex_);
        std::shared_ptr<ServerPool>& pool = pools_[connect];
        if (pool == nullptr)
            pool = std::make_shared<ServerPool>(driver_, connect, options_, [this](TimePoint when) {
                keeper_.tick_by(when);
            });
        return *pool;
    }

    TimePoint tick(TimePoint now) {
        std::vector<std::shared_ptr<ServerPool>> all;
        {
            const MutexLock lock(mutex_);
            for (const auto& [options, pool] : pools_) all.push_back(pool);
        }
        TimePoint next = TimePoint::max();
        for (const auto& pool : all) next = std::min(next, pool->tick(now));
        return next;
    }

    [[nodiscard]] const driver::Driver& driver() const { return *driver_; }

    [[nodiscard]] const PoolOptions& options() const { return options_; }

    [[nodiscard]] bool is_copy_in_child() const { return generation_ != fork_generation(); }

private:
    const std::shared_ptr<driver::Driver> driver_;
    const PoolOptions options_;
    const std::uint32_t generation_ = fork_generation();
    // What a forked child gets: mutex_ may be held by a thread that it does not have.
    const std::shared_ptr<ServerPool> refusing_;
    Keeper keeper_;
    Mutex mutex_;
    absl::flat_hash_map<driver::ConnectOptions, std::shared_ptr<ServerPool>, OptionsHash> pools_
        ABSL_GUARDED_BY(mutex_);
};

Pools::Pools(std::shared_ptr<driver::Driver> driver, const PoolOptions& options)
    : inside_(std::make_unique<Inside>(std::move(driver), options)) {}

Pools::~Pools() {
    if (inside_->is_copy_in_child())
        static_cast<void>(inside_.release());  // its threads are the parent's
}

Pool& Pools::pool(const driver::ConnectOptions& options) {
    return inside_->pool(options);
}

const driver::Driver::Traits& Pools::traits() const {
    return inside_->driver().traits();
}

const PoolOptions& Pools::options() const {
    return inside_->options();
}

absl::StatusOr<std::vector<std::vector<PooledConnection>>> Pools::checkout_all(
    std::span<const Wanted> wanted, TimePoint deadline
) {
    std::map<Pool*, int, PoolOrder> counts;
    for (const Wanted& each : wanted) counts[each.pool] += each.count;
    std::map<Pool*, std::vector<PooledConnection>, PoolOrder> taken;
    for (const auto& [pool, count] : counts) {
        MOSAIC_ASSIGN_OR_RETURN(taken[pool], pool->checkout_many(count, deadline));
    }
    std::vector<std::vector<PooledConnection>> result(wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        std::vector<PooledConnection>& from = taken[wanted[i].pool];
        for (int n = 0; n < wanted[i].count; ++n) {
            result[i].push_back(std::move(from.back()));
            from.pop_back();
        }
    }
    return result;
}

}  // namespace mosaic::pool
