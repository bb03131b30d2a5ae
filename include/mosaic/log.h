// module: base
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace mosaic {

/// What a line asks for: kInfo nothing, kWarning a look.
enum class LogLevel : std::uint8_t { kInfo, kWarning };

/// Takes one line, without a newline, of what happened beside the calls: what a caller must know is in
/// the Status of its call, never here only.
///
/// \par Thread safety
/// Called from any thread that calls the library, and from its own; several at once. It must not call
/// the library, nor throw, and the call that logs waits for it.
using LogSink = std::function<void(LogLevel level, std::string_view line)>;

/// Sends the process's lines to `sink`; empty: back to the default, which writes warnings to standard
/// error. Lines that are under way may still reach the sink before.
void set_log_sink(LogSink sink);

}  // namespace mosaic
