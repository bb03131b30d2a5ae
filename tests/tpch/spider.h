#pragma once

#include "filler.h"
#include "oracle/corpus.h"
#include "oracle/one_server.h"
#include "support/test_servers.h"

#include <memory>
#include <string_view>
#include <vector>

namespace mosaic::tpch {

/// The same tables behind MariaDB's Spider engine: a head server whose tables are partitioned over
/// the shards' servers, by the same columns as Mosaic's; the two small tables are the head's own.
/// What goes wrong is thrown as std::runtime_error.
class Spider {
public:
    /// \param head the server that has the engine's plugin installed; the shards' are 1 to `count`
    Spider(test::TestServers& servers, int head, int count);

    void create(const std::vector<oracle::Case>& tables);
    void add(std::string_view table, std::string_view row);
    void finish();

    /// Gives up after two minutes.
    [[nodiscard]] oracle::Answer ask(const oracle::Case& of) { return head_.ask(of); }

private:
    void create_on_head(const oracle::Case& of);

    test::TestServers& servers_;
    int count_;
    oracle::OneServer head_;
    std::vector<std::unique_ptr<driver::Connection>> parts_;
    std::vector<Filler> fillers_;  ///< Of the parts; the last one is the head's.
};

}  // namespace mosaic::tpch
