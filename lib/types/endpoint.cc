#include "types/endpoint.h"

namespace mosaic {

std::string Endpoint::to_string() const {
    return socket.empty() ? host + ":" + std::to_string(port) : socket;
}

}  // namespace mosaic
