#include "client/analysis.h"

#include "base/status.h"
#include "client/directives.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic {
namespace {

double in_ms(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

absl::Status Client::State::check_reads(const Statement& statement) {
    if (statement.at() || statement.shard())
        return make_error(
            errors::kStatementRefused,
            "analyze a statement: it names its shard, so its text is not read and may write; "
            "explain it instead"
        );
    MOSAIC_ASSIGN_OR_RETURN(
        const client::Prepared prepared, prepare(statement.sql(), deadline_of(statement))
    );
    if (!prepared.plan || prepared.plan->access == plan::Access::kRead)
        return absl::OkStatus();
    return make_error(
        errors::kStatementRefused,
        "analyze a statement: it writes, and analyzing would run it; explain it instead"
    );
}

absl::StatusOr<client::Analysis> Client::State::analyze(const Statement& written) {
    MOSAIC_RETURN_IF_ERROR(check_process());
    Statement statement = written;
    if (client::has_directives(written.sql())) {
        MOSAIC_ASSIGN_OR_RETURN(statement, client::obey_directives(written, *topology_));
    }
    MOSAIC_RETURN_IF_ERROR(check_reads(statement));
    client::Analysis analysis;
    MOSAIC_ASSIGN_OR_RETURN(analysis.explanation, explain(statement));
    MOSAIC_RETURN_IF_ERROR(analysis.explanation.refusal);
    exec::Trace trace;
    {
        MOSAIC_ASSIGN_OR_RETURN(client::Answer answer, run(statement, {.trace = &trace}));
        if (answer.rows) {
            answer.rows = exec::traced(std::move(answer.rows), &trace, "", "gives");
            Batch batch;
            for (bool has_rows = true; has_rows;) {
                MOSAIC_ASSIGN_OR_RETURN(has_rows, answer.rows->next(batch));
            }
        }
    }
    analysis.steps = trace.steps();
    std::ranges::stable_sort(analysis.steps, {}, [](const exec::Trace::Step& step) {
        return step.shard.empty();
    });
    return analysis;
}

namespace client {

std::string to_text(const Analysis& analysis) {
    std::string text = plan::to_text(analysis.explanation);
    std::size_t width = 0;
    const auto who = [](const exec::Trace::Step& step) {
        return step.shard.empty() ? std::string("answer") : step.shard + " " + step.what;
    };
    for (const exec::Trace::Step& step : analysis.steps) width = std::max(width, who(step).size());
    for (const exec::Trace::Step& step : analysis.steps)
        text += absl::StrFormat(
            "took   %-*s  %d rows, %d bytes, first after %.1f ms, last after %.1f ms\n",
            static_cast<int>(width),
            who(step),
            step.rows,
            step.bytes,
            in_ms(step.first),
            in_ms(step.last)
        );
    return text;
}

}  // namespace client
}  // namespace mosaic
