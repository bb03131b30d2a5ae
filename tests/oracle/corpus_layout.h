#pragma once

#include "corpus.h"
#include "corpus_folder.h"
#include "keys/key_type.h"
#include "one_server.h"
#include "schema/schema.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mosaic::oracle {

/// A table as it stands on the one server, and by which column it is spread.
struct SpreadTable {
    schema::TableDef definition;
    std::string create;      ///< CREATE TABLE, as the server says it.
    std::string shard_key;   ///< Empty: on one shard, or on all.
    keys::KeyType key_type;  ///< Where there is a shard key.
    bool is_reference = false;

    friend bool operator==(const SpreadTable& a, const SpreadTable& b) {
        return a.create == b.create;
    }
};

using SpreadTables = std::map<std::string, SpreadTable>;

/// Makes the folder's tables on the one server, without what shards cannot keep: AUTO_INCREMENT,
/// and foreign keys.
void create_schema(OneServer& one, const Folder& folder);

/// The tables of the one server, each spread by one rule: by the listed shard key if that is one
/// NOT NULL column of an allowed type, else by the first column of the primary key that is, else
/// not at all: a local table, or a reference table if listed as one.
[[nodiscard]] SpreadTables spread(OneServer& one, const Folder& folder);

/// The statements that make the one server's views, in no schema. Views are the same on every
/// shard.
[[nodiscard]] std::vector<std::string> views(OneServer& one);

/// `groups:` .. of the configuration: one group for each class of keys; unique keys without the
/// shard key are vouched for, as the one server keeps them.
[[nodiscard]] std::string spread_yaml(const SpreadTables& tables, const std::string& first_shard);

}  // namespace mosaic::oracle
