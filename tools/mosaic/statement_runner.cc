#include "statement_runner.h"

#include "base/status.h"
#include "boxed_table.h"
#include "row_text.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace mosaic::tool {
namespace {

absl::Status with_remedy(const absl::Status& status, const char* remedy) {
    const absl::Status longer(
        status.code(), absl::StrCat(std::string(message_of(status)), "; ", remedy)
    );
    return with_detail(longer, error_detail(status).value_or(ErrorDetail{}));
}

// The library names remedies of programs; here they are options.
absl::Status as_said_to_users(const absl::Status& status) {
    const ErrorId id = error_detail(status).value_or(ErrorDetail{}).id;
    if (id == ErrorId{errors::kBytesMax.number})
        return with_remedy(
            status, "a table is held in memory before it is drawn: --format tsv and json are not"
        );
    if (id == ErrorId{errors::kWriteSeveralShards.number})
        return with_remedy(status, "`mosaic sql` has --best-effort for that");
    return status;
}

}  // namespace

void RowOutput::flush_if_large() {
    constexpr std::size_t kLarge = 64 * 1024;
    if (text_.size() >= kLarge)
        flush();
}

void RowOutput::flush() {
    std::string_view rest = text_;
    while (!rest.empty() && status_.ok()) {
        const ssize_t count = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (count >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            is_reader_gone_ = errno == EPIPE;
            status_ = make_error(
                errors::kToolFile,
                absl::StrFormat("write rows to standard output: %s", std::strerror(errno))
            );
        }
    }
    text_.clear();
}

namespace {

void warn_of_missing(const std::vector<std::string>& shards) {
    if (!shards.empty())
        std::fprintf(
            stderr, "mosaic: warning: rows of %s are missing\n", absl::StrJoin(shards, ", ").c_str()
        );
}

}  // namespace

absl::StatusOr<StatementRunner::Outcome> StatementRunner::run(const std::string& sql) {
    Statement statement(sql);
    if (options_.is_best_effort)
        statement.best_effort();
    if (options_.timeout)
        statement.within(*options_.timeout);
    auto outcome = options_.format == RowFormat::kTable ? print_table(statement)
                                                        : print_as_they_come(statement);
    output_.flush();
    if (!outcome.ok())
        return as_said_to_users(outcome.status());
    if (!output_.status().ok())
        return output_.status();
    return outcome;
}

absl::StatusOr<StatementRunner::Outcome> StatementRunner::print_table(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(Session::Answer answer, session_.run(statement));
    if (!answer.rows)
        return Outcome{.rows = std::nullopt, .done = std::move(answer.done)};
    warn_of_missing(answer.rows->missing_shards());
    output_.text() += boxed_table(*answer.rows);
    Outcome outcome{.rows = answer.rows->row_count(), .done = {}};
    outcome.done.warnings = answer.rows->warnings();
    return outcome;
}

absl::StatusOr<StatementRunner::Outcome> StatementRunner::print_as_they_come(
    const Statement& statement
) {
    MOSAIC_ASSIGN_OR_RETURN(Session::StreamedAnswer answer, session_.run_streamed(statement));
    if (!answer.rows)
        return Outcome{.rows = std::nullopt, .done = std::move(answer.done)};
    warn_of_missing(answer.rows->missing_shards());
    MOSAIC_ASSIGN_OR_RETURN(const std::uint64_t rows, print_rows(*answer.rows));
    return Outcome{.rows = rows, .done = {}};
}

absl::StatusOr<std::uint64_t> StatementRunner::print_rows(Stream& rows) {
    const bool is_json = options_.format == RowFormat::kJson;
    const JsonRows json(rows.columns());
    std::uint64_t count = 0;
    Batch batch;
    while (true) {
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, rows.next(batch));
        if (!has_rows || !output_.status().ok())
            return count;
        if (count == 0 && !is_json)
            append_tsv_head(output_.text(), rows.columns());
        for (std::size_t row = 0; row < batch.row_count(); ++row) {
            if (is_json)
                json.append_row(output_.text(), batch, row);
            else
                append_tsv_row(output_.text(), batch, row);
            output_.flush_if_large();
        }
        count += batch.row_count();
    }
}

}  // namespace mosaic::tool
