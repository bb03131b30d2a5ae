#include "bench/pin.h"

#include <cstdlib>
#include <filesystem>
#include <sched.h>
#include <string>

namespace mosaic::bench {

void pin(int pid, int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(processor), &set);
    const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks))
        ::sched_setaffinity(std::atoi(task.path().filename().c_str()), sizeof set, &set);
}

}  // namespace mosaic::bench
