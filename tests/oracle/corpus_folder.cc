#include "corpus_folder.h"

#include "sql/parser.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace mosaic::oracle {
namespace {

using nlohmann::json;

std::ifstream open_file(const std::filesystem::path& path) {
    std::ifstream in(path);
    if (!in)
        throw std::runtime_error("cannot read " + path.string());
    return in;
}

std::vector<std::filesystem::path> sorted(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        paths.push_back(entry.path());
    std::ranges::sort(paths);
    return paths;
}

std::vector<std::string> read_schema(const std::filesystem::path& folder) {
    std::vector<std::string> statements;
    for (const std::filesystem::path& path : sorted(folder)) {
        if (path.extension() != ".sql")
            continue;
        std::ostringstream text;
        text << open_file(path).rdbuf();
        const std::string script = text.str();
        for (const std::string_view statement : sql::split_statements(script, {}))
            statements.emplace_back(statement);
    }
    return statements;
}

std::map<std::string, Listed> read_tables(const std::filesystem::path& file) {
    std::map<std::string, Listed> tables;
    const json all = json::parse(open_file(file));
    for (const auto& [name, spec] : all.items()) {
        Listed& listed = tables[name];
        listed.is_reference = spec.value("type", "") == "reference";
        listed.shard_key = spec.value("shard_key", std::vector<std::string>());
    }
    return tables;
}

std::vector<Event> read_events(const std::filesystem::path& file, const std::string& folder) {
    std::vector<Event> events;
    std::ifstream in = open_file(file);
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty())
            continue;
        const json event = json::parse(line);
        events.push_back(
            {folder + ":" + std::to_string(number), event.at("test"), event.at("query")}
        );
    }
    return events;
}

}  // namespace

std::vector<Refusable> read_refusables(const std::filesystem::path& file) {
    constexpr std::size_t kLinesMax = 10;
    std::vector<Refusable> lines;
    std::ifstream in = open_file(file);
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line.front() == '#')
            continue;
        Refusable& read = lines.emplace_back();
        if (!(std::istringstream(line) >> read.id >> read.word))
            throw std::runtime_error(file.string() + ": no id and word: " + line);
    }
    if (lines.size() > kLinesMax)
        throw std::runtime_error(file.string() + " has more than 10 lines");
    return lines;
}

std::vector<Folder> read_folders(const std::filesystem::path& corpus, const std::string& only) {
    if (!std::filesystem::is_directory(corpus))
        throw std::runtime_error("no folder " + corpus.string());
    std::vector<Folder> folders;
    for (const std::filesystem::path& path : sorted(corpus)) {
        const std::string name = path.filename().string();
        if (!std::filesystem::exists(path / "events.jsonl") || (!only.empty() && name != only))
            continue;
        Folder folder;
        folder.name = name;
        folder.schema = read_schema(path);
        folder.tables = read_tables(path / "tables.json");
        folder.events = read_events(path / "events.jsonl", name);
        folders.push_back(std::move(folder));
    }
    if (folders.empty())
        throw std::runtime_error("no folder with events.jsonl in " + corpus.string());
    return folders;
}

}  // namespace mosaic::oracle
