#pragma once

#include "config/config.h"
#include "config/yaml_reader.h"

#include <filesystem>
#include <map>
#include <string>

/// The parts of a configuration file; each adds to `config` what it reads, and to `mistakes` what
/// is wrong. `place` null: the part is not there.
namespace mosaic::config {

/// What all parts share while one file is read.
struct Loading {
    Config& config;
    const Registry& registry;
    Mistakes& mistakes;
    std::filesystem::path folder;            ///< Of the file, absolute: relative paths start here.
    std::map<std::string, int> table_lines;  ///< Tables seen, with their line.
    bool has_tickets = false;                ///< The file names ticket servers, or tries to.
};

/// A path as written, made absolute; relative ones start at the file's folder.
bool read_path(const Loading& loading, const Place* place, std::filesystem::path& out);
/// A name of letters, digits and `_ $ -`, `size_max` bytes at most.
bool read_name(const Loading& loading, const Place* place, std::size_t size_max, std::string& out);

void load_servers(Loading& loading, const Place* account, const Place* servers);
void load_groups(Loading& loading, const Place* groups);
void load_reference_tables(Loading& loading, const Place* tables);
void load_local_tables(Loading& loading, const Place* tables);
/// \pre the servers are loaded; the groups and tables, which look at both, are not
void load_tickets(Loading& loading, const Place* tickets);
void load_composite(Loading& loading, const Place* composite);
void load_pool(Loading& loading, const Place* pool);
void load_limits(Loading& loading, const Place* limits);
void load_session(Loading& loading, const Place* session);

}  // namespace mosaic::config
