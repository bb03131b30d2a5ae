// module: cli
#pragma once

#include "mosaic/registry.h"

/// The tool `mosaic` as a function, in the library mosaic::cli: a program that registers its own
/// partitioners or key schemes calls it from its main() and is its own `mosaic`.
namespace mosaic {

/// Runs one verb: `mosaic VERB ..`. Prints to standard output, errors to standard error with their
/// id.
///
/// \return The process's exit code, the same for all verbs: 0 done; 1 failed; 2 usage or
///     configuration; 3 differences or pending work found; 4 refused before anything was done; 5
///     done on some shards; 6 in doubt, look before you repeat. (130: interrupted.)
[[nodiscard]] int run_tool(int argc, char** argv, const Registry& registry = Registry());

}  // namespace mosaic
