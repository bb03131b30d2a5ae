#pragma once

#include "tool.h"

namespace mosaic::tool {

/// Each adds a verb with its commands and options. To add a verb: write VERB.cc with add_VERB(),
/// declare it here, list it in kVerbs and in CMakeLists.txt.
void add_cluster(CLI::App& app, Tool& tool);
void add_map(CLI::App& app, Tool& tool);
void add_keys(CLI::App& app, Tool& tool);
void add_migrate(CLI::App& app, Tool& tool);
void add_sql(CLI::App& app, Tool& tool);
void add_explain(CLI::App& app, Tool& tool);

using AddVerb = void (*)(CLI::App& app, Tool& tool);

/// In the order in which --help prints them.
inline constexpr AddVerb kVerbs[] = {
    add_cluster, add_map, add_keys, add_migrate, add_sql, add_explain};

}  // namespace mosaic::tool
