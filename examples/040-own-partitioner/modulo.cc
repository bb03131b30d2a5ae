#include "modulo.h"

#include <charconv>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace {

class Modulo final : public mosaic::Partitioner {
public:
    explicit Modulo(std::uint32_t bucket_count) : bucket_count_(bucket_count) {}

    [[nodiscard]] std::string_view name() const override { return "modulo"; }

    [[nodiscard]] std::uint32_t bucket_count() const override { return bucket_count_; }

    /// `canonical`: an integer key comes as its decimal text.
    [[nodiscard]] absl::StatusOr<mosaic::BucketId> bucket_of(std::string_view canonical
    ) const override {
        std::uint64_t key = 0;
        const char* end = canonical.data() + canonical.size();
        const auto [stopped, error] = std::from_chars(canonical.data(), end, key);
        if (error != std::errc() || stopped != end)
            return absl::InvalidArgumentError("modulo places unsigned integers only");
        return mosaic::BucketId{static_cast<std::uint32_t>(key % bucket_count_)};
    }

    /// The same in SQL: with it, rows can be told apart by bucket inside the servers, so that
    /// single buckets can move.
    [[nodiscard]] std::optional<std::string> bucket_sql(
        std::string_view column_sql, std::string_view /*crc32_sql*/
    ) const override {
        return std::string(column_sql) + " % " + std::to_string(bucket_count_);
    }

private:
    std::uint32_t bucket_count_;
};

}  // namespace

mosaic::Registry registry_with_modulo() {
    mosaic::Registry registry;
    const absl::Status added = registry.add_partitioner(
        "modulo",
        [](std::uint32_t buckets) -> absl::StatusOr<std::shared_ptr<const mosaic::Partitioner>> {
            return std::make_shared<Modulo>(buckets);
        }
    );
    if (!added.ok())  // the name is taken: a mistake of this program
        std::cerr << added.message() << '\n';
    return registry;
}
