#pragma once

namespace mosaic::tool {

/// What Ctrl-C does while one of these lives: it ends the process at once with exit code 130, its
/// connections with it, so that servers roll back what is not committed; unless it is held.
///
/// \par Thread safety
/// One at a time in a process.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    /// From now on it only ends wait_for(), as at a prompt.
    void hold();
    void release();

    /// Waits until `file` can be read. False: Ctrl-C came first, or since the last call.
    /// \pre held
    [[nodiscard]] bool wait_for(int file);

private:
    int pipe_[2] = {-1, -1};
};

}  // namespace mosaic::tool
