#include "interrupt.h"

#include "base/error_ids.h"
#include "tool.h"

#include <absl/strings/str_format.h>

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string>
#include <unistd.h>

namespace mosaic::tool {
namespace {

// What a signal's handler may touch.
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): a handler is given nothing else
std::atomic<int> told{-1};  // Where who holds it is told; -1: nobody does.
std::atomic<const std::string*> last_words{nullptr};
struct sigaction before = {};

// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

void on_interrupt(int /*signal*/) {
    const int saved = errno;
    if (const int pipe = told.load(); pipe >= 0) {
        (void)!::write(pipe, "", 1);  // A full pipe has told it already.
        errno = saved;
        return;
    }
    const std::string* words = last_words.load();
    (void)!::write(STDERR_FILENO, words->data(), words->size());
    ::_exit(static_cast<int>(Exit::kInterrupted));
}

const std::string& message() {
    static const std::string kText = absl::StrFormat(
        "\n%s run statements: interrupted; what was not committed is rolled back, and a server may "
        "yet finish the statement it was at: look before you repeat a write\n",
        ErrorId{errors::kCallInterrupted.number}.to_string()
    );
    return kText;
}

}  // namespace

Interrupt::Interrupt() {
    // Without a pipe Ctrl-C ends a prompt too.
    if (::pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) != 0)
        pipe_[0] = pipe_[1] = -1;
    last_words = &message();
    struct sigaction action = {};
    action.sa_handler = on_interrupt;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, &before);
}

Interrupt::~Interrupt() {
    ::sigaction(SIGINT, &before, nullptr);
    release();
    for (const int end : pipe_) {
        if (end >= 0)
            ::close(end);
    }
}

void Interrupt::hold() {
    told = pipe_[1];
}

void Interrupt::release() {
    told = -1;
}

bool Interrupt::wait_for(int file) {
    pollfd files[] = {{file, POLLIN, 0}, {pipe_[0], POLLIN, 0}};
    while (::poll(files, 2, -1) < 0 && errno == EINTR) {
    }
    char byte = 0;
    bool is_interrupted = false;
    while (pipe_[0] >= 0 && ::read(pipe_[0], &byte, 1) == 1) is_interrupted = true;
    return !is_interrupted;
}

}  // namespace mosaic::tool
