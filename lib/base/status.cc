#include "base/status.h"

#include <absl/strings/cord.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <charconv>

namespace mosaic {
namespace {

constexpr char kPayloadUrl[] = "mosaic/error-detail";
constexpr char kField = '\x1f';
constexpr char kItem = '\x1e';

int to_int(std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::vector<std::string> split_items(const std::string& text) {
    if (text.empty())
        return {};
    return absl::StrSplit(text, kItem);
}

// The payload never leaves the process: fields in order, joined by control characters that no
// shard name or SQLSTATE holds.
std::string encode(const ErrorDetail& detail) {
    const int outcome = detail.outcome ? static_cast<int>(*detail.outcome) : -1;
    const std::vector<std::string> fields = {
        std::to_string(detail.id.number),
        std::to_string(static_cast<int>(detail.retry)),
        std::to_string(outcome),
        detail.connection_poisoned ? "1" : "0",
        detail.shard,
        absl::StrJoin(detail.shards_done, std::string(1, kItem)),
        absl::StrJoin(detail.shards_not_done, std::string(1, kItem)),
        std::to_string(detail.mysql_errno),
        detail.sqlstate,
    };
    return absl::StrJoin(fields, std::string(1, kField));
}

std::optional<ErrorDetail> decode(const std::string& text) {
    const std::vector<std::string> fields = absl::StrSplit(text, kField);
    if (fields.size() != 9)
        return std::nullopt;
    ErrorDetail detail;
    detail.id.number = static_cast<std::uint16_t>(to_int(fields[0]));
    detail.retry = static_cast<Retry>(to_int(fields[1]));
    if (const int outcome = to_int(fields[2]); outcome >= 0)
        detail.outcome = static_cast<Outcome>(outcome);
    detail.connection_poisoned = fields[3] == "1";
    detail.shard = fields[4];
    detail.shards_done = split_items(fields[5]);
    detail.shards_not_done = split_items(fields[6]);
    detail.mysql_errno = to_int(fields[7]);
    detail.sqlstate = fields[8];
    return detail;
}

constexpr ErrorRow kRows[] = {
#define MOSAIC_ERROR_ROW(name, ...) errors::name,
#include "base/error_ids.inc"
#undef MOSAIC_ERROR_ROW
};

}  // namespace

std::span<const ErrorRow> error_rows() { return kRows; }

std::string ErrorId::to_string() const { return absl::StrFormat("MO-%04d", number); }

std::string_view to_string(Retry retry) {
    switch (retry) {
        case Retry::kNever: return "never";
        case Retry::kCall: return "call";
        case Retry::kTransaction: return "transaction";
        case Retry::kAfterRefresh: return "after refresh";
    }
    return "";
}

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::kNotSent: return "not sent";
        case Outcome::kRolledBack: return "rolled back";
        case Outcome::kCommitted: return "committed";
        case Outcome::kPartial: return "partial";
        case Outcome::kInDoubt: return "in doubt";
    }
    return "";
}

std::string_view message_of(const absl::Status& status) {
    return {status.message().data(), status.message().size()};
}

absl::Status with_detail(const absl::Status& status, const ErrorDetail& detail) {
    absl::Status result = status;
    result.SetPayload(kPayloadUrl, absl::Cord(encode(detail)));
    return result;
}

absl::Status make_error(const ErrorRow& row, std::string_view message, ErrorDetail detail) {
    detail.id = ErrorId{row.number};
    if (detail.retry == Retry::kNever)
        detail.retry = row.retry;
    const std::string text = absl::StrFormat("%s %s", detail.id.to_string(), message);
    return with_detail(absl::Status(row.code, text), detail);
}

std::optional<ErrorDetail> error_detail(const absl::Status& status) {
    const auto payload = status.GetPayload(kPayloadUrl);
    if (!payload)
        return std::nullopt;
    return decode(std::string(*payload));
}

}  // namespace mosaic
