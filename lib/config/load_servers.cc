// `account`, `servers`: where servers are, and who we are there.
#include "config/loading.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

namespace mosaic::config {
namespace {

struct Account {
    std::string user;
    std::string password;
};

void read_password_of_environment(const Loading& loading, const Place& place, std::string& out) {
    std::string name;
    if (!read_text(&place, name, loading.mistakes))
        return;
    if (const char* value = std::getenv(name.c_str()); value != nullptr)
        out = value;
    else
        loading.mistakes.add(
            place,
            absl::StrFormat(
                "the environment variable \"%s\" is not set; set it before the program starts", name
            )
        );
}

void read_password_of_file(const Loading& loading, const Place& place, std::string& out) {
    std::filesystem::path path;
    if (!read_path(loading, &place, path))
        return;
    std::error_code unused;
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path, unused)) {
        loading.mistakes.add(
            place,
            absl::StrFormat(
                "the file %s cannot be read; name a file that holds the password alone",
                describe(place.node)
            )
        );
        return;
    }
    out.assign(std::istreambuf_iterator<char>(file), {});
    while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.pop_back();
    if (out.find('\n') != std::string::npos)
        loading.mistakes.add(
            place,
            absl::StrFormat(
                "the file %s has several lines; a password is one line", describe(place.node)
            )
        );
}

// A literal, {env: NAME} or {file: path}.
void read_password(const Loading& loading, const Place* place, std::string& out) {
    if (place == nullptr)
        return;
    if (!place->node.IsMap()) {
        read_text(place, out, loading.mistakes);
        return;
    }
    const MapReader map(*place, {"env", "file"}, loading.mistakes);
    const Place* variable = map.find("env");
    const Place* file = map.find("file");
    if ((variable != nullptr) == (file != nullptr)) {
        loading.mistakes.add(
            *place, "a password is a text, or {env: NAME}, or {file: path}; write one of them"
        );
        return;
    }
    if (variable != nullptr)
        read_password_of_environment(loading, *variable, out);
    else
        read_password_of_file(loading, *file, out);
}

Account load_account(const Loading& loading, const Place* place) {
    Account account;
    if (place == nullptr)
        return account;
    const MapReader map(*place, {"user", "password"}, loading.mistakes);
    read_text(map.find("user"), account.user, loading.mistakes);
    read_password(loading, map.find("password"), account.password);
    return account;
}

void read_socket(const Loading& loading, const Place& place, Endpoint& out) {
    MapReader map(place, {"socket"}, loading.mistakes);
    std::filesystem::path path;
    if (read_path(loading, map.require("socket", "/run/mysqld/mysqld.sock"), path))
        out.socket = path.string();
}

bool refuse_address(const Loading& loading, const Place& place) {
    loading.mistakes.add(
        place,
        absl::StrFormat(
            "%s is no address; write host:port, [IPv6 address]:port, or {socket: path}",
            describe(place.node)
        )
    );
    return false;
}

// host:port, [v6]:port, or {socket: path}.
bool read_primary(const Loading& loading, const Place* place, Endpoint& out) {
    if (place == nullptr)
        return false;
    if (place->node.IsMap() && place->node["socket"].IsDefined()) {
        read_socket(loading, *place, out);
        return !out.socket.empty();
    }
    if (!place->node.IsScalar())
        return refuse_address(loading, *place);
    const std::string& text = place->node.Scalar();
    const std::size_t colon = text.rfind(':');
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    else if (host.find_first_of(":[]/ \t") != std::string::npos)
        host.clear();  // An IPv6 address without brackets: where its port begins is a guess.
    if (colon == std::string::npos || host.empty() || colon + 1 == text.size())
        return refuse_address(loading, *place);
    std::uint32_t port = 0;
    const std::string digits = text.substr(colon + 1);
    if (digits.find_first_not_of("0123456789") != std::string::npos ||
        !absl::SimpleAtoi(digits, &port) || port < 1 || port > 65535) {
        loading.mistakes.add(
            *place, absl::StrFormat("\"%s\" is no port; allowed are 1 to 65535", digits)
        );
        return false;
    }
    out.host = host;
    out.port = static_cast<std::uint16_t>(port);
    return true;
}

// What servers before had, with the path of whose it is.
using Seen = std::map<std::string, std::string>;

void check_once(
    const Loading& loading,
    Seen& seen,
    const Place& place,
    const std::string& what,
    std::string_view kind
) {
    const std::string server = place.path.substr(0, place.path.rfind('.'));
    if (const auto [first, is_new] = seen.emplace(what, server); !is_new)
        loading.mistakes.add(
            place,
            absl::StrFormat("this is %s of %s too; give each server its own", kind, first->second)
        );
}

topology::Server load_server(
    const Loading& loading, const Place& place, const Account& account, Seen& names, Seen& addresses
) {
    MapReader map(place, {"name", "primary", "user", "password", "weight"}, loading.mistakes);
    topology::Server server;
    server.user = account.user;
    server.password = account.password;
    const Place* name = map.require("name", "s1");
    if (read_name(loading, name, 64, server.name))
        check_once(loading, names, *name, server.name, "the name");
    const Place* primary = map.require("primary", "127.0.0.1:3306");
    if (read_primary(loading, primary, server.primary))
        check_once(loading, addresses, *primary, server.primary.to_string(), "the address");
    read_text(map.find("user"), server.user, loading.mistakes);
    read_password(loading, map.find("password"), server.password);
    read_weight(map.find("weight"), server.weight, loading.mistakes);
    return server;
}

}  // namespace

void load_servers(Loading& loading, const Place* account_place, const Place* servers) {
    const Account account = load_account(loading, account_place);
    Seen names;
    Seen addresses;
    const std::vector<Place> places = read_list(servers, loading.mistakes);
    for (const Place& place : places)
        loading.config.servers.push_back(load_server(loading, place, account, names, addresses));
    if (servers != nullptr && servers->node.IsSequence() && places.empty())
        loading.mistakes.add(*servers, "the list is empty; name at least one server");
}

}  // namespace mosaic::config
