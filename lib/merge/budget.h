#pragma once

#include "base/status.h"
#include "merge/merge.h"

#include <absl/strings/str_format.h>

#include <cstddef>
#include <string_view>

namespace mosaic::merge {

/// What the operators of one merge hold together, against its limits.
class Budget {
public:
    explicit Budget(const MergeLimits& limits) : limits_(limits) {}

    [[nodiscard]] absl::Status take_bytes(std::size_t bytes, std::string_view doing) {
        bytes_ += bytes;
        if (bytes_ <= limits_.bytes_max)
            return absl::OkStatus();
        return make_error(
            errors::kBytesMax,
            absl::StrFormat(
                "%s: the rows held take %d bytes (bytes_max is %d); narrow the statement, or raise "
                "bytes_max",
                doing,
                bytes_,
                limits_.bytes_max
            )
        );
    }

    void give_back_bytes(std::size_t bytes) { bytes_ -= bytes; }

    [[nodiscard]] absl::Status take_group(std::string_view doing) {
        if (++groups_ <= limits_.groups_max)
            return absl::OkStatus();
        return make_error(
            errors::kGroupsMax,
            absl::StrFormat(
                "%s: more than %d different rows (groups_max); group or narrow by the shard key, "
                "or "
                "raise groups_max",
                doing,
                limits_.groups_max
            )
        );
    }

private:
    MergeLimits limits_;
    std::size_t bytes_ = 0;
    std::size_t groups_ = 0;
};

}  // namespace mosaic::merge
