// module: client
#pragma once

#include "mosaic/value.h"

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mosaic {

/// A statement to run: its text, the values of its `?`, and how this one call is run.
///
/// Values are only ever bound, never pasted: `Statement("SELECT .. WHERE id = ?", id)`. It owns all
/// it is given, so it may outlive what it was made from and be run again. What is set here a text can
/// set too, by directives straight after its first keyword (docs/statements.md), which win.
class Statement {
public:
    explicit Statement(std::string sql) : sql_(std::move(sql)) {}

    template <typename... Values>
        requires(sizeof...(Values) > 0)
    explicit Statement(std::string sql, Values&&... values) : sql_(std::move(sql)) {
        values_.reserve(sizeof...(Values));
        (values_.push_back(Value(std::forward<Values>(values))), ...);
    }

    Statement(std::string sql, std::vector<Value> values)
        : sql_(std::move(sql)), values_(std::move(values)) {}

    /// Binds the next `?`.
    Statement& bind(Value value) {
        values_.push_back(std::move(value));
        return *this;
    }

    /// Sends the text as it stands, unparsed, to the shard that owns this key of the table group
    /// that `table` is in; unqualified names mean that shard's schema. Whoever says so vouches that all
    /// rows it needs are there. A statement with values cannot be sent so.
    Statement& at(std::string table, Value key) & {
        at_ = At{std::move(table), std::move(key)};
        shard_.reset();
        return *this;
    }
    Statement&& at(std::string table, Value key) && { return std::move(at(std::move(table), std::move(key))); }

    /// The same, to a shard by its name. Of at() and on_shard() the one said last counts.
    Statement& on_shard(std::string name) & {
        shard_ = std::move(name);
        at_.reset();
        return *this;
    }
    Statement&& on_shard(std::string name) && { return std::move(on_shard(std::move(name))); }

    /// Refuses the call (kScatterForbidden) where it would go to several shards.
    Statement& forbid_scatter() & {
        is_scatter_forbidden_ = true;
        return *this;
    }
    Statement&& forbid_scatter() && { return std::move(forbid_scatter()); }

    /// Lets a read of several shards go on without those whose server cannot be reached, or has not
    /// answered after three quarters of the call's time; the answer names them (missing_shards()). A
    /// shard's rows are in it whole or not at all, so they are all held in memory (bytes_max). Reads
    /// that meet on one server, or of one shard, or in a transaction, fail as ever; and so does one
    /// that no shard has answered.
    Statement& allow_partial() & {
        is_partial_allowed_ = true;
        return *this;
    }
    Statement&& allow_partial() && { return std::move(allow_partial()); }

    /// The whole call, waiting for connections included, ends after this long at most.
    Statement& within(std::chrono::milliseconds timeout) & {
        timeout_ = timeout;
        return *this;
    }
    Statement&& within(std::chrono::milliseconds timeout) && { return std::move(within(timeout)); }

    /// Bytes of cells that the answer may hold in memory, instead of Limits::bytes_max.
    Statement& bytes_max(std::size_t bytes) & {
        bytes_max_ = bytes;
        return *this;
    }
    Statement&& bytes_max(std::size_t bytes) && { return std::move(bytes_max(bytes)); }

    /// An answer of more rows is an error (kRowsMax); a stream gives it at the first row beyond.
    Statement& rows_max(std::size_t rows) & {
        rows_max_ = rows;
        return *this;
    }
    Statement&& rows_max(std::size_t rows) && { return std::move(rows_max(rows)); }

    /// Lets a write reach several shards without a transaction over them. When some fail, the error's
    /// outcome is kPartial and its detail lists the shards on each side.
    Statement& best_effort() & {
        is_best_effort_ = true;
        return *this;
    }
    Statement&& best_effort() && { return std::move(best_effort()); }

    /// The same call with another text and its values.
    [[nodiscard]] Statement with_text(std::string sql, std::vector<Value> values) const {
        Statement out = *this;
        out.sql_ = std::move(sql);
        out.values_ = std::move(values);
        return out;
    }

    struct At {
        std::string table;
        Value key;
    };
    [[nodiscard]] const std::string& sql() const { return sql_; }
    [[nodiscard]] const std::vector<Value>& values() const { return values_; }
    [[nodiscard]] const std::optional<At>& at() const { return at_; }
    [[nodiscard]] const std::optional<std::string>& shard() const { return shard_; }
    [[nodiscard]] bool is_scatter_forbidden() const { return is_scatter_forbidden_; }
    [[nodiscard]] bool is_partial_allowed() const { return is_partial_allowed_; }
    [[nodiscard]] std::optional<std::size_t> rows_max() const { return rows_max_; }
    [[nodiscard]] std::optional<std::chrono::milliseconds> timeout() const { return timeout_; }
    [[nodiscard]] std::optional<std::size_t> bytes_max() const { return bytes_max_; }
    [[nodiscard]] bool is_best_effort() const { return is_best_effort_; }

private:
    std::string sql_;
    std::vector<Value> values_;
    std::optional<At> at_;
    std::optional<std::string> shard_;
    std::optional<std::chrono::milliseconds> timeout_;
    std::optional<std::size_t> bytes_max_;
    std::optional<std::size_t> rows_max_;
    bool is_scatter_forbidden_ = false;
    bool is_partial_allowed_ = false;
    bool is_best_effort_ = false;
};

}  // namespace mosaic
