#include "base/log.h"

#include "base/mutex.h"

#include <cstdio>
#include <memory>
#include <utility>

namespace mosaic {
namespace {

using SharedSink = std::shared_ptr<const LogSink>;

void write_warnings(LogLevel level, std::string_view line) {
    if (level == LogLevel::kWarning)
        std::fprintf(stderr, "mosaic: warning: %.*s\n", static_cast<int>(line.size()), line.data());
}

/// Never destroyed: threads may log while the process ends.
struct Process {
    Mutex mutex;
    SharedSink sink ABSL_GUARDED_BY(mutex) = std::make_shared<const LogSink>(write_warnings);
};

Process& process() {
    static auto* const one = new Process;
    return *one;
}

}  // namespace

void set_log_sink(LogSink sink) {
    auto shared = std::make_shared<const LogSink>(
        sink ? std::move(sink) : LogSink(write_warnings)
    );
    const MutexLock lock(process().mutex);
    process().sink = std::move(shared);
}

void log_line(LogLevel level, std::string_view line) {
    SharedSink sink;
    {
        const MutexLock lock(process().mutex);
        sink = process().sink;
    }
    (*sink)(level, line);
}

}  // namespace mosaic
