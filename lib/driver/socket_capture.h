#pragma once

#include "base/clock.h"
#include "driver/watchdog.h"

#include <mysql.h>

namespace mosaic::driver {

/// While one of these lives, the libmariadb handle that this thread connects is seen at its first
/// I/O, and its socket is watched from then on until `deadline`. So the login of a server that
/// stops half-way ends on time, and a connector that hides its handle (Connector/C++) shows it.
class SocketCapture {
public:
    SocketCapture(SocketDeadline& watched, TimePoint deadline);
    ~SocketCapture();
    SocketCapture(const SocketCapture&) = delete;
    SocketCapture& operator=(const SocketCapture&) = delete;

    /// The handle that did I/O on this thread; null: none did, or this build of libmariadb cannot
    /// tell (is_available()).
    [[nodiscard]] MYSQL* handle() const { return handle_; }

    /// Whether the libmariadb of this process has the hook (ma_pvio_register_callback).
    [[nodiscard]] static bool is_available();

private:
    static void on_io(int mode, MYSQL* handle, const unsigned char* data, std::size_t size);

    SocketDeadline& watched_;
    TimePoint deadline_;
    MYSQL* handle_ = nullptr;
};

}  // namespace mosaic::driver
