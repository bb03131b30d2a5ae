#include "catalog/connect.h"

#include <algorithm>

namespace mosaic::catalog {

driver::ConnectOptions connect_options(
    const config::Config& config, const topology::Server& server
) {
    driver::ConnectOptions options;
    options.endpoint = server.primary;
    options.user = server.user;
    options.password = server.password;
    options.time_zone = config.options.session.time_zone;
    options.sql_mode = config.options.session.sql_mode;
    options.connect_timeout = config.options.pool.connect_timeout;
    return options;
}

TicketServers ticket_servers(const config::Config& config) {
    TicketServers found;
    found.schema = config.tickets.schema;
    found.durability = config.tickets.durability;
    found.failover_jump = config.tickets.failover_jump;
    for (const std::string& name : config.tickets.servers) {
        const auto server = std::find_if(
            config.servers.begin(),
            config.servers.end(),
            [&](const topology::Server& one) { return one.name == name; }
        );
        if (server == config.servers.end())
            continue;  // The configuration was checked: there is none.
        found.servers.push_back(connect_options(config, *server));
        found.names.push_back(name);
    }
    return found;
}

}  // namespace mosaic::catalog
