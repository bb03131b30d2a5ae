#include "progress.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <utility>

using std::chrono::steady_clock;

std::string grouped(std::size_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ',');
    return digits;
}

Progress::Progress(std::string what, std::size_t total)
    : what_(std::move(what)), total_(total), is_terminal_(::isatty(STDOUT_FILENO) == 1) {
    const std::lock_guard lock(mutex_);
    if (is_terminal_)
        draw_locked();
}

void Progress::add(std::size_t done) {
    constexpr std::chrono::milliseconds kBetween{100};
    const std::lock_guard lock(mutex_);
    done_ += done;
    const auto now = steady_clock::now();
    if (!is_terminal_ || now - drawn_at_ < kBetween)
        return;
    drawn_at_ = now;
    draw_locked();
}

void Progress::finish() {
    const std::lock_guard lock(mutex_);
    draw_locked();
    std::printf("\n");
    std::fflush(stdout);
}

void Progress::draw_locked() const {
    constexpr std::size_t kWidth = 30;
    const std::size_t filled = total_ == 0 ? kWidth : kWidth * std::min(done_, total_) / total_;
    const std::chrono::duration<double> lasted = steady_clock::now() - started_;
    std::printf(
        "%s  %-13s[%s%s] %8s of %s, %.1f s",
        is_terminal_ ? "\r" : "",
        what_.c_str(),
        std::string(filled, '#').c_str(),
        std::string(kWidth - filled, '.').c_str(),
        grouped(done_).c_str(),
        grouped(total_).c_str(),
        lasted.count()
    );
    std::fflush(stdout);
}
