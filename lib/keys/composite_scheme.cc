#include "base/status.h"
#include "keys/block_reserve.h"
#include "keys/per_process.h"
#include "keys/random.h"
#include "keys/schemes.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::keys {
namespace {

// Most local parts asked for at a time: a bucket is one of many, and a crash loses what is held.
constexpr std::uint64_t kIdsPerFetchMax = 4096;
// Buckets that root rows are drawn from at a time: enough to spread over shards, few enough that
// most ids need no round trip.
constexpr std::size_t kRootBuckets = 4;
// Ids asked for when a root bucket is drawn, so that it is worth its round trip.
constexpr std::uint64_t kRootIdsWanted = 64;
// Buckets that are tried before a root id fails: a shard may be down while others are not.
constexpr int kRootDraws = 4;

/// Local parts of ids in a bucket that root rows take.
struct RootBlock {
    BucketId bucket;
    Block locals;
};

/// The blocks that this process holds.
struct Blocks {
    Mutex mutex;
    absl::flat_hash_map<BucketId, std::unique_ptr<BlockReserve>> reserves ABSL_GUARDED_BY(mutex);
    std::vector<RootBlock> roots ABSL_GUARDED_BY(mutex);
    std::size_t next_root ABSL_GUARDED_BY(mutex) = 0;
};

class CompositeScheme final : public KeyScheme {
public:
    CompositeScheme(const CompositeSpec& spec, std::shared_ptr<BlockSource> source)
        : spec_(spec),
          local_end_(std::uint64_t{1} << spec.layout.local_bits),
          source_(std::move(source)),
          blocks_([] { return std::make_unique<Blocks>(); }) {
        facts_.name = "composite";
        facts_.bits = 64 - spec.layout.reserved_bits;
        facts_.order = "by bucket, then by block";
        facts_.needs = "a counter in the shard that owns the bucket, one round trip a block";
        facts_.refuses = spec.is_child
                             ? "without the parent's routing key; when the bucket's shard does not "
                               "answer or its counter has reached its end"
                             : "when no shard answers, or a counter has reached its end";
        facts_.needs_bucket = spec.is_child;
    }

    [[nodiscard]] const KeySchemeFacts& facts() const override { return facts_; }

    absl::Status next(
        std::span<Id> out,
        std::optional<BucketId> bucket,
        std::chrono::steady_clock::time_point deadline
    ) override {
        if (bucket)
            return next_in(out, *bucket, deadline);
        if (spec_.is_child) {
            return make_error(
                errors::kKeyNeedsParent,
                absl::StrFormat(
                    "make ids of table %s: a child row's id takes the bucket of its parent; give "
                    "the parent's routing key, as in next_id(\"%s\", key)",
                    spec_.counter,
                    spec_.counter
                )
            );
        }
        return next_root(out, deadline);
    }

    [[nodiscard]] absl::StatusOr<std::vector<IdPart>> decode(const Id& id) const override {
        const std::optional<CompositeParts> parts = parts_of(id);
        if (!parts) {
            return make_error(
                errors::kIdNotOfScheme,
                absl::StrFormat(
                    "decode %s: it is no composite id of table %s, with a bucket below %d and type "
                    "%d; name the table that it is from",
                    id.to_string(),
                    spec_.counter,
                    spec_.bucket_count,
                    spec_.type
                )
            );
        }
        return std::vector<IdPart>{
            {"bucket", std::to_string(parts->bucket.value)},
            {"type", std::to_string(parts->type)},
            {"local", std::to_string(parts->local)}};
    }

    [[nodiscard]] std::optional<BucketId> bucket_of(const Id& id) const override {
        const std::optional<CompositeParts> parts = parts_of(id);
        return parts ? std::optional(parts->bucket) : std::nullopt;
    }

private:
    [[nodiscard]] std::optional<CompositeParts> parts_of(const Id& id) const {
        if (id.is_uuid())
            return std::nullopt;
        const CompositeParts parts = decompose(spec_.layout, id.number());
        // Composing again finds reserved bits that are set.
        const bool is_ours = parts.type == spec_.type && parts.bucket.value < spec_.bucket_count &&
                             compose(spec_.layout, parts) == id.number();
        return is_ours ? std::optional(parts) : std::nullopt;
    }

    [[nodiscard]] Id id_of(BucketId bucket, std::uint64_t local) const {
        return compose(spec_.layout, {bucket, spec_.type, local});
    }

    BlockReserve& reserve_of(BucketId bucket) {
        Blocks& blocks = blocks_.get();
        const MutexLock lock(blocks.mutex);
        std::unique_ptr<BlockReserve>& reserve = blocks.reserves[bucket];
        if (reserve == nullptr) {
            reserve = std::make_unique<BlockReserve>(
                spec_.counter, bucket, source_, kIdsPerFetchMax, local_end_
            );
        }
        return *reserve;
    }

    absl::Status next_in(std::span<Id> out, BucketId bucket, TimePoint deadline) {
        if (bucket.value >= spec_.bucket_count) {
            return make_error(
                errors::kKeyNotPlaceable,
                absl::StrFormat(
                    "make ids of table %s in bucket %d: buckets are below %d; ask the group's "
                    "partitioner for the bucket",
                    spec_.counter,
                    bucket.value,
                    spec_.bucket_count
                )
            );
        }
        BlockReserve& reserve = reserve_of(bucket);
        auto at = out.begin();
        while (at != out.end()) {
            MOSAIC_ASSIGN_OR_RETURN(
                const Block locals,
                reserve.take(
                    static_cast<std::uint64_t>(out.end() - at),
                    static_cast<std::uint64_t>(out.end() - at),
                    deadline
                )
            );
            for (std::uint64_t i = locals.first; i != locals.end; ++i) *at++ = id_of(bucket, i);
        }
        return absl::OkStatus();
    }

    absl::Status next_root(std::span<Id> out, TimePoint deadline) {
        auto at = out.begin();
        while (at != out.end()) {
            const auto most = static_cast<std::uint64_t>(out.end() - at);
            std::optional<RootBlock> taken = take_root(most, kRootBuckets);
            if (!taken) {
                const absl::Status drawn = draw_root(deadline);
                // Buckets at hand go on giving ids while a shard is down.
                taken = take_root(most, 1);
                if (!taken && !drawn.ok())
                    return drawn;
                if (!taken)
                    continue;
            }
            const Block& locals = taken->locals;
            for (std::uint64_t i = locals.first; i != locals.end; ++i)
                *at++ = id_of(taken->bucket, i);
        }
        std::sort(out.begin(), out.end());
        return absl::OkStatus();
    }

    /// Up to `most` ids of the next root bucket in turn; empty: fewer than `least` are at hand.
    std::optional<RootBlock> take_root(std::uint64_t most, std::size_t least) {
        Blocks& blocks = blocks_.get();
        const MutexLock lock(blocks.mutex);
        std::vector<RootBlock>& roots = blocks.roots;
        if (roots.size() < least)
            return std::nullopt;
        const auto root =
            roots.begin() + static_cast<std::ptrdiff_t>(blocks.next_root++ % roots.size());
        const std::uint64_t end =
            std::min(root->locals.end, root->locals.first + most);  // local parts are far from 2^64
        const RootBlock taken{root->bucket, {root->locals.first, end}};
        root->locals.first = end;
        if (root->locals.first == root->locals.end)
            roots.erase(root);
        return taken;
    }

    /// Draws a bucket, gets a block of it, and lays it with the others.
    absl::Status draw_root(TimePoint deadline) {
        absl::Status failure;
        for (int draw = 0; draw < kRootDraws; ++draw) {
            const std::optional<std::uint32_t> drawn = random_below(spec_.bucket_count);
            if (!drawn) {
                return make_error(
                    errors::kRandomUnavailable,
                    "draw a bucket: getrandom() gives no bytes; allow this process the call"
                );
            }
            const BucketId bucket{*drawn};
            const absl::StatusOr<Block> block =
                reserve_of(bucket).take(kIdsPerFetchMax, kRootIdsWanted, deadline);
            if (block.ok()) {
                Blocks& blocks = blocks_.get();
                const MutexLock lock(blocks.mutex);
                blocks.roots.push_back({bucket, *block});
                return absl::OkStatus();
            }
            failure = block.status();
            // Another bucket may be on a shard that answers, or be less used up.
            if (failure.code() != absl::StatusCode::kUnavailable &&
                failure.code() != absl::StatusCode::kOutOfRange)
                break;
        }
        return failure;
    }

    const CompositeSpec spec_;
    const std::uint64_t local_end_;
    const std::shared_ptr<BlockSource> source_;
    KeySchemeFacts facts_;
    PerProcess<Blocks> blocks_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<KeyScheme>> make_composite_scheme(
    const CompositeSpec& spec, std::shared_ptr<BlockSource> source
) {
    MOSAIC_RETURN_IF_ERROR(check_layout(spec.layout, spec.bucket_count, spec.type));
    return std::make_shared<CompositeScheme>(spec, std::move(source));
}

}  // namespace mosaic::keys
