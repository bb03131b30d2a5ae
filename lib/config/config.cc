#include "config/config.h"

#include "base/status.h"
#include "config/loading.h"
#include "config/syntax.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace mosaic::config {

namespace fs = std::filesystem;

bool read_path(const Loading& loading, const Place* place, fs::path& out) {
    if (place == nullptr)
        return false;
    const std::string text = place->node.IsScalar() ? place->node.Scalar() : "";
    if (text.empty()) {
        loading.mistakes.add(
            *place, absl::StrFormat("%s is no path; write one", describe(place->node))
        );
        return false;
    }
    out = (loading.folder / text).lexically_normal();
    return true;
}

bool read_name(const Loading& loading, const Place* place, std::size_t size_max, std::string& out) {
    if (place == nullptr)
        return false;
    std::string name = place->node.IsScalar() ? place->node.Scalar() : "";
    const auto fits = [](unsigned char c) {
        return c >= 0x80 || std::isalnum(c) != 0 || c == '_' || c == '$' || c == '-';
    };
    if (name.empty() || name.size() > size_max || !std::all_of(name.begin(), name.end(), fits)) {
        loading.mistakes.add(
            *place,
            absl::StrFormat(
                "%s is no name; a name is one word of 1 to %d letters, digits, _, $ and -",
                describe(place->node),
                size_max
            )
        );
        return false;
    }
    out = std::move(name);
    return true;
}

namespace {

// So that the schemas of shards, `<database>_65535`, are 64 characters at most.
constexpr std::size_t kDatabaseSizeMax = 58;

void load_catalog(const Loading& loading, const Place* place) {
    if (place == nullptr)
        return;
    MapReader map(*place, {"file"}, loading.mistakes);
    read_path(loading, map.require("file", "var/catalog.json"), loading.config.catalog.file);
}

void load_cluster(const Loading& loading, const Place* place) {
    if (place == nullptr)
        return;
    MapReader map(*place, {"folder"}, loading.mistakes);
    ClusterSpec cluster;
    read_path(loading, map.require("folder", "var"), cluster.folder);
    loading.config.cluster = std::move(cluster);
}

void check_version(const Loading& loading, const Place* place) {
    if (place != nullptr && !(place->node.IsScalar() && place->node.Scalar() == "1"))
        loading.mistakes.add(
            *place,
            absl::StrFormat(
                "%s is no version that this program knows; write 1", describe(place->node)
            )
        );
}

void load_all(Loading& loading, const Place& root) {
    MapReader map(
        root,
        {"version",
         "database",
         "account",
         "catalog",
         "cluster",
         "servers",
         "tickets",
         "composite",
         "groups",
         "reference_tables",
         "local_tables",
         "driver",
         "pool",
         "limits",
         "session"},
        loading.mistakes
    );
    check_version(loading, map.require("version", "1"));
    read_name(loading, map.require("database", "app"), kDatabaseSizeMax, loading.config.database);
    load_catalog(loading, map.require("catalog", "{file: var/catalog.json}"));
    load_cluster(loading, map.find("cluster"));
    load_servers(
        loading,
        map.find("account"),
        map.require("servers", "[{name: s1, primary: 127.0.0.1:3306}]")
    );
    load_tickets(loading, map.find("tickets"));
    load_composite(loading, map.find("composite"));
    load_groups(loading, map.find("groups"));
    load_reference_tables(loading, map.find("reference_tables"));
    load_local_tables(loading, map.find("local_tables"));
    read_word(
        map.find("driver"),
        {"connector-cpp", "mariadb"},
        loading.config.options.driver,
        loading.mistakes
    );
    load_pool(loading, map.find("pool"));
    load_limits(loading, map.find("limits"));
    load_session(loading, map.find("session"));
}

absl::Status read_root(const std::vector<YAML::Node>& documents, Loading& loading) {
    Place root{{}, {}, ""};
    if (documents.size() > 1)
        loading.mistakes.add(root, "the file holds several documents; write one, without `---`");
    else if (documents.empty() || documents.front().IsNull())
        loading.mistakes.add(
            root, "the file is empty; start from config/quickstart.yaml, or config/reference.yaml"
        );
    else {
        root.node = documents.front();
        load_all(loading, root);
    }
    return loading.mistakes.empty() ? absl::OkStatus() : loading.mistakes.to_status();
}

absl::Status syntax_error(const fs::path& file, const SyntaxFlaw& flaw) {
    return make_error(
        errors::kConfigSyntax,
        absl::StrFormat(
            "read the configuration %s:%d:%d: %s", file.string(), flaw.line, flaw.column, flaw.what
        )
    );
}

}  // namespace

absl::StatusOr<Config> parse(
    std::string_view yaml, const fs::path& file, const Registry& registry
) {
    if (const auto flaw = first_unreadable(yaml))
        return syntax_error(file, *flaw);
    Config config;
    config.file = file;
    Mistakes mistakes(file.string());
    std::error_code error;
    fs::path folder = fs::absolute(file, error).parent_path();
    Loading loading{config, registry, mistakes, error ? file.parent_path() : folder, {}, false};
    try {
        MOSAIC_RETURN_IF_ERROR(read_root(YAML::LoadAll(std::string(yaml)), loading));
    } catch (const YAML::Exception& broken) {
        return syntax_error(
            file, explain_syntax(yaml, broken.mark.line, broken.mark.column, broken.msg)
        );
    }
    return config;
}

absl::StatusOr<Config> load(const fs::path& file, const Registry& registry) {
    const auto unreadable = [&](std::string_view why) {
        return make_error(
            errors::kConfigUnreadable,
            absl::StrFormat(
                "read the configuration %s: %s; name a file that this program may read",
                file.string(),
                why
            )
        );
    };
    std::error_code unused;
    if (fs::is_directory(file, unused))
        return unreadable("it is a folder");
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return unreadable(std::strerror(errno));
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (in.bad())
        return unreadable("reading it failed");
    return parse(text, file, registry);
}

}  // namespace mosaic::config
