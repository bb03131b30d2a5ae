#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

/// 63666 as `63,666`.
std::string grouped(std::size_t number);

/// A bar on the terminal that many threads push; one line at the end where there is no terminal.
class Progress {
public:
    Progress(std::string what, std::size_t total);

    /// So many more are done.
    void add(std::size_t done);
    /// Ends the line, done or not.
    void finish();

private:
    void draw_locked() const;

    const std::string what_;
    const std::size_t total_;
    const bool is_terminal_;
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::mutex mutex_;
    std::size_t done_ = 0;
    std::chrono::steady_clock::time_point drawn_at_;
};
