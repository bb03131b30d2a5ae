#pragma once

#include "mosaic/client.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace mosaic::tool {

/// How `mosaic sql` prints rows.
enum class RowFormat : std::uint8_t { kTable, kTsv, kJson };

/// Standard output for many small pieces: bounded, and its failure remembered.
class RowOutput {
public:
    std::string& text() { return text_; }

    /// Writes what is there once it is worth a system call.
    void flush_if_large();
    void flush();

    /// Why nothing more can be written: the disk is full, or the reader has gone.
    [[nodiscard]] const absl::Status& status() const { return status_; }

    /// The reader has gone, as `head` does: no fault worth a word.
    [[nodiscard]] bool is_reader_gone() const { return is_reader_gone_; }

private:
    std::string text_;
    absl::Status status_;
    bool is_reader_gone_ = false;
};

/// Runs statements in one session and prints the rows they give. TSV and JSON are printed as the
/// rows come; a table is held in memory first, bounded by limits.bytes_max.
class StatementRunner {
public:
    struct Options {
        RowFormat format = RowFormat::kTsv;
        bool is_best_effort = false;
        std::optional<std::chrono::milliseconds> timeout;
    };

    StatementRunner(Client& client, const Options& options)
        : session_(client.session()), options_(options) {}

    /// What a statement did.
    struct Outcome {
        std::optional<std::uint64_t> rows;  ///< Empty: it is of the kind that gives none.
        Done done;
    };

    /// Runs it and prints. An error may come after some of the rows.
    [[nodiscard]] absl::StatusOr<Outcome> run(const std::string& sql);

    [[nodiscard]] const RowOutput& output() const { return output_; }

    [[nodiscard]] bool in_transaction() const { return session_.in_transaction(); }

private:
    [[nodiscard]] absl::StatusOr<Outcome> print_table(const Statement& statement);
    [[nodiscard]] absl::StatusOr<Outcome> print_as_they_come(const Statement& statement);
    [[nodiscard]] absl::StatusOr<std::uint64_t> print_rows(Stream& rows);

    Session session_;
    Options options_;
    RowOutput output_;
};

}  // namespace mosaic::tool
