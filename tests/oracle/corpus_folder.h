#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// A folder of statements that others wrote for their own sharded database. It is not part of this
/// project: MOSAIC_CORPUS says where it is.
namespace mosaic::oracle {

/// One line of `events.jsonl`.
struct Event {
    std::string where;  ///< `orderby:12`
    std::string test;   ///< Events of one test belong together.
    std::string sql;
};

/// How `tables.json` wants a table spread.
struct Listed {
    std::vector<std::string> shard_key;
    bool is_reference = false;
};

struct Folder {
    std::string name;
    std::vector<std::string> schema;  ///< The statements of its `*.sql`.
    std::map<std::string, Listed> tables;
    std::vector<Event> events;
};

/// A line of corpus.refused: statements with this word may be refused with this id.
struct Refusable {
    std::string id;
    std::string word;
};

[[nodiscard]] std::vector<Refusable> read_refusables(const std::filesystem::path& file);

/// Its folders by name, `only` one of them unless empty. What is wrong is thrown as
/// std::runtime_error.
[[nodiscard]] std::vector<Folder> read_folders(
    const std::filesystem::path& corpus, const std::string& only
);

}  // namespace mosaic::oracle
