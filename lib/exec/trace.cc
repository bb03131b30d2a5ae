#include "exec/trace.h"

#include "base/status.h"

#include <utility>

namespace mosaic::exec {
namespace {

class TracedStream final : public RowStream {
public:
    TracedStream(std::unique_ptr<RowStream> rows, Trace& trace, Trace::Step step)
        : rows_(std::move(rows)), trace_(trace), step_(std::move(step)) {}

    ~TracedStream() override { end(); }

    TracedStream(const TracedStream&) = delete;
    TracedStream& operator=(const TracedStream&) = delete;

    [[nodiscard]] const std::vector<Column>& columns() const override { return rows_->columns(); }

    absl::StatusOr<bool> next(Batch& out) override {
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, rows_->next(out));
        if (!has_rows) {
            end();
            return false;
        }
        step_.last = trace_.elapsed();
        if (step_.rows == 0)
            step_.first = step_.last;
        step_.rows += out.row_count();
        step_.bytes += out.byte_count();
        return true;
    }

    [[nodiscard]] std::uint32_t warning_count() const override { return rows_->warning_count(); }

private:
    void end() {
        if (std::exchange(is_ended_, true))
            return;
        if (step_.rows == 0)
            step_.first = step_.last = trace_.elapsed();
        trace_.add(step_);
    }

    std::unique_ptr<RowStream> rows_;
    Trace& trace_;
    Trace::Step step_;
    bool is_ended_ = false;
};

}  // namespace

void Trace::add(Step step) {
    const MutexLock lock(mutex_);
    steps_.push_back(std::move(step));
}

std::vector<Trace::Step> Trace::steps() const {
    const MutexLock lock(mutex_);
    return steps_;
}

std::unique_ptr<RowStream> traced(
    std::unique_ptr<RowStream> rows, Trace* trace, std::string_view shard, std::string_view what
) {
    if (trace == nullptr)
        return rows;
    return std::make_unique<TracedStream>(
        std::move(rows), *trace, Trace::Step{std::string(shard), std::string(what)}
    );
}

}  // namespace mosaic::exec
