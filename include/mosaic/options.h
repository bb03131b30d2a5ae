// module: pool
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace mosaic {

/// How a pool behaves: one per server, shared by all logical shards there. Every field has a default
/// that is right for most.
struct PoolOptions {
    /// Most connections open to one server at a time. At least 1. Keep the sum over all processes
    /// under the server's max_connections.
    int size_max = 32;

    /// Longest wait for a free connection. Zero: fail at once.
    std::chrono::milliseconds checkout_timeout{500};

    /// Close a connection that has been idle this long. Must be shorter than the server's
    /// wait_timeout, or the server closes it first and the next statement pays for it.
    std::chrono::seconds idle_max{60};

    /// Close a connection this old when it is returned, less up to a tenth, so that they do not all
    /// go at once.
    std::chrono::seconds lifetime_max{1800};

    /// Connections that one call may hold of one server. More shards there are asked by one
    /// UNION ALL, or one after the other.
    int connections_per_call_max = 8;

    std::chrono::milliseconds connect_timeout{5000};
};

/// What one call may use. Breaching one is an error that names it.
struct Limits {
    /// A call without a deadline of its own ends after this long.
    std::chrono::milliseconds deadline_default{30'000};
    /// Bytes of cells that a buffered result, or one merge, may hold.
    std::size_t bytes_max = 256u << 20;
    /// Groups or distinct rows that a merge may hold in memory.
    std::size_t groups_max = 1'000'000;
    /// Shards that one statement may be sent to.
    std::size_t fan_out_max = 1024;
    /// Plans kept.
    std::size_t plans_max = 4096;
};

/// The session that every connection gets.
struct SessionOptions {
    std::string time_zone = "+00:00";
    std::string sql_mode =
        "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";
};

/// How a client behaves; the configuration file sets them (config/reference.yaml).
struct Options {
    std::string driver = "connector-cpp";  ///< Or `mariadb`.
    PoolOptions pool;
    Limits limits;
    SessionOptions session;
};

}  // namespace mosaic
