// module: base
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic {

/// What a caller may do after a failure.
enum class Retry : std::uint8_t {
    kNever,         ///< The same call will fail the same way.
    kCall,          ///< Safe to send just this call again.
    kTransaction,   ///< Start the whole transaction again.
    kAfterRefresh,  ///< The topology was old; it has been refreshed, ask again.
};

/// What is known of a write that failed. An autocommitted write is a transaction of one.
enum class Outcome : std::uint8_t {
    kNotSent,     ///< No server has seen it.
    kRolledBack,  ///< It has left no effect.
    kCommitted,   ///< It is durable, although the call failed.
    kPartial,     ///< Some shards did it and others did not: see ErrorDetail.
    kInDoubt,     ///< Not known. Look before you repeat.
};

/// Number of an error, printed as MO-nnnn. Stable: never reused, never renumbered. docs/errors.md
/// lists them all.
struct ErrorId {
    std::uint16_t number = 0;

    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const ErrorId&, const ErrorId&) = default;
};

/// What is known about an error beyond its code and message.
struct ErrorDetail {
    ErrorId id;
    Retry retry = Retry::kNever;
    std::optional<Outcome> outcome;  ///< Of the write, if the call was one.
    bool connection_poisoned = false;
    std::string shard;                        ///< The shard that failed; empty: none in particular.
    std::vector<std::string> shards_done;     ///< kPartial: the shards that committed.
    std::vector<std::string> shards_not_done; ///< kPartial: those that did not, or are in doubt.
    int mysql_errno = 0;                      ///< 0 when no server answered.
    std::string sqlstate;

    friend bool operator==(const ErrorDetail&, const ErrorDetail&) = default;
};

/// The detail of a status that this library made; empty for OK and for the statuses of others.
[[nodiscard]] std::optional<ErrorDetail> error_detail(const absl::Status& status);

[[nodiscard]] std::string_view to_string(Retry retry);
[[nodiscard]] std::string_view to_string(Outcome outcome);

}  // namespace mosaic
