#include "inserter.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

namespace {

// A statement of this many rows has some for each of 16 shards, and its text comes again, so that
// its plan is made once.
constexpr std::size_t kRowsPerInsert = 1000;
// Threads mostly wait for servers: more of them than cores.
constexpr std::size_t kThreads = 6;
// Indices that a thread takes at a time.
constexpr std::size_t kSlice = 100;

std::string values_list(std::size_t rows, std::size_t columns) {
    std::string row = "(?";
    for (std::size_t i = 1; i < columns; ++i) row += ", ?";
    row += ')';
    std::string list = row;
    for (std::size_t i = 1; i < rows; ++i) list += ", " + row;
    return list;
}

}  // namespace

absl::Status Inserter::add(std::vector<mosaic::Value> row) {
    ++rows_;
    std::move(row.begin(), row.end(), std::back_inserter(values_));
    return rows_ < kRowsPerInsert ? absl::OkStatus() : flush();
}

absl::Status Inserter::flush() {
    if (rows_ == 0)
        return absl::OkStatus();
    const std::size_t rows = std::exchange(rows_, 0);
    std::string sql = head_ + values_list(rows, values_.size() / rows);
    // The rows are of many shards: each shard gets its own in one statement.
    const auto done = client_.execute(mosaic::Statement(std::move(sql), std::exchange(values_, {}))
                                          .best_effort()
                                          .within(std::chrono::minutes(5)));
    if (!done.ok())
        return done.status();
    progress_.add(rows);
    return absl::OkStatus();
}

absl::Status insert_all(
    mosaic::Client& client,
    const std::string& head,
    Progress& progress,
    std::size_t count,
    const std::function<absl::Status(Inserter& inserter, std::size_t index)>& add_rows
) {
    std::atomic<std::size_t> next = 0;
    std::vector<absl::Status> statuses(kThreads);
    const auto work = [&](absl::Status& status) {
        Inserter inserter(client, head, progress);
        while (status.ok()) {
            const std::size_t begin = next.fetch_add(kSlice);
            if (begin >= count)
                break;
            const std::size_t end = std::min(begin + kSlice, count);
            for (std::size_t i = begin; i < end && status.ok(); ++i) status = add_rows(inserter, i);
        }
        if (status.ok())
            status = inserter.flush();
        if (!status.ok())
            next = count;  // the others need not go on
    };
    std::vector<std::thread> threads;
    for (absl::Status& status : statuses) threads.emplace_back(work, std::ref(status));
    for (std::thread& thread : threads) thread.join();
    progress.finish();
    for (absl::Status& status : statuses) {
        if (!status.ok())
            return status;
    }
    return absl::OkStatus();
}
