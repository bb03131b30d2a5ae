#include "driver/socket_capture.h"

#include <dlfcn.h>

namespace mosaic::driver {
namespace {

using OnIo = void(int mode, MYSQL* handle, const unsigned char* data, std::size_t size);
using RegisterCallback = int(my_bool is_added, OnIo* callback);

thread_local SocketCapture* capturing = nullptr;

}  // namespace

SocketCapture::SocketCapture(SocketDeadline& watched, TimePoint deadline)
    : watched_(watched), deadline_(deadline) {
    if (is_available())
        capturing = this;
}

SocketCapture::~SocketCapture() {
    capturing = nullptr;
}

bool SocketCapture::is_available() {
    // Registered once and never removed: libmariadb's list of callbacks has no lock.
    static const bool kAvailable = [] {
        // Looked up at run time, because no header declares it and other builds may lack it.
        auto* add =
            reinterpret_cast<RegisterCallback*>(::dlsym(RTLD_DEFAULT, "ma_pvio_register_callback"));
        return add != nullptr && add(1, &SocketCapture::on_io) == 0;
    }();
    return kAvailable;
}

void SocketCapture::on_io(int, MYSQL* handle, const unsigned char*, std::size_t) {
    SocketCapture* capture = capturing;
    if (capture == nullptr || capture->handle_ != nullptr)
        return;
    capture->handle_ = handle;
    if (capture->watched_.watch(mysql_get_socket(handle)))
        capture->watched_.arm(capture->deadline_);
}

}  // namespace mosaic::driver
