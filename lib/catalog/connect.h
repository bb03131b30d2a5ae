#pragma once

#include "catalog/counters.h"
#include "config/config.h"
#include "driver/connection.h"
#include "topology/topology.h"

namespace mosaic::catalog {

/// How to connect to a server of the configuration, with the configuration's session.
[[nodiscard]] driver::ConnectOptions connect_options(
    const config::Config& config, const topology::Server& server
);

/// The configuration's ticket servers; without servers: it names none.
[[nodiscard]] TicketServers ticket_servers(const config::Config& config);

}  // namespace mosaic::catalog
