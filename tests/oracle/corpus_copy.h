#pragma once

#include "cluster.h"
#include "corpus_layout.h"
#include "one_server.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace mosaic::oracle {

/// Keeps the shards' rows equal to those of the one server: past Mosaic, whose reads are judged and
/// not its writes.
class RowCopier {
public:
    RowCopier(OneServer& one, Cluster& cluster) : one_(one), cluster_(cluster) {}

    /// The shards' tables are new and empty.
    void begin(const SpreadTables& tables);
    void mark(const std::set<std::string>& tables);
    void mark_all();
    /// Copies the marked tables as this session of the one server sees them.
    void copy(const std::string& session);

private:
    void copy_table(const std::string& name, const std::string& session);
    [[nodiscard]] std::vector<std::vector<Row>> rows_by_shard(
        const SpreadTable& table, const std::vector<Row>& rows
    ) const;
    void write(const std::string& name, std::size_t shard, const std::vector<Row>& rows);
    void take_settings(const std::string& session);

    OneServer& one_;
    Cluster& cluster_;
    SpreadTables tables_;
    std::set<std::string> marked_;
    std::map<std::string, std::vector<Row>> copied_;  ///< What the shards hold now.
};

}  // namespace mosaic::oracle
