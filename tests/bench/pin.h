#pragma once

namespace mosaic::bench {

/// Puts the threads of process `pid`, and those that they start from now on, on one processor.
void pin(int pid, int processor);

}  // namespace mosaic::bench
