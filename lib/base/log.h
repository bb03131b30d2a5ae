#pragma once

#include "mosaic/log.h"

#include <string_view>

namespace mosaic {

/// Hands a line to the process's sink.
void log_line(LogLevel level, std::string_view line);

}  // namespace mosaic
