#include "launcher/server_command.h"

#include "base/status.h"

#include <absl/strings/str_format.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <cstdlib>
#include <initializer_list>
#include <sys/stat.h>
#include <unistd.h>

namespace mosaic::launcher {
namespace {

namespace fs = std::filesystem;

using Arguments = std::vector<std::string>;

void append(Arguments& arguments, std::initializer_list<const char*> more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
}

/// The file if it is a program that we may run; links are followed.
fs::path as_program(const fs::path& file) {
    std::error_code failed;
    fs::path real = fs::canonical(file, failed);
    return !failed && ::access(real.c_str(), X_OK) == 0 ? real : fs::path();
}

fs::path find_in(const std::vector<fs::path>& folders, const char* name) {
    for (const fs::path& folder : folders) {
        if (const fs::path found = as_program(folder / name); !found.empty())
            return found;
    }
    return {};
}

absl::Status missing(const char* program, const char* remedy) {
    return make_error(
        errors::kServerProgramMissing,
        absl::StrFormat("find %s: there is no such program on this machine; %s", program, remedy)
    );
}

/// Both kinds refuse to run as root unless told to.
void append_user(Arguments& arguments) {
    if (::geteuid() == 0)
        arguments.emplace_back("--user=root");
}

absl::StatusOr<ServerProgram> find_mariadb(const ServerPrograms& programs) {
    ServerProgram found;
    found.kind = ServerKind::kMariaDb;
    found.binary = find_in(programs.search, "mariadbd");
    const fs::path script = find_in(programs.search, "mariadb-install-db");
    if (found.binary.empty() || script.empty()) {
        return missing(
            found.binary.empty() ? "mariadbd" : "mariadb-install-db",
            "install the package mariadb-server-core (it brings no service)"
        );
    }
    found.run = {found.binary.string(), "--no-defaults"};
    found.install = {
        script.string(),
        "--no-defaults",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--innodb-log-file-size=4M"};
    return found;
}

/// The loader of the unpacked folder: its server needs the C library of its own release.
fs::path loader_of(const fs::path& root) {
    std::error_code failed;
    for (const auto& folder : fs::directory_iterator(root / "usr/lib", failed)) {
        for (const char* name : {"ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}) {
            if (fs::exists(folder.path() / name, failed))
                return folder.path() / name;
        }
    }
    return {};
}

absl::StatusOr<ServerProgram> find_mysql(const ServerPrograms& programs) {
    ServerProgram found;
    found.kind = ServerKind::kMySql;
    if (!programs.mysql_root.empty()) {
        const fs::path root = fs::absolute(programs.mysql_root);
        const fs::path loader = loader_of(root);
        found.binary = as_program(root / "usr/sbin/mysqld");
        if (found.binary.empty() || loader.empty()) {
            return missing(
                (root / "usr/sbin/mysqld").c_str(), "fill the folder with tools/get-mysql"
            );
        }
        found.run = {
            loader.string(),
            "--library-path",
            loader.parent_path().string(),
            found.binary.string(),
            "--no-defaults",
            "--basedir=" + (root / "usr").string(),
            "--lc-messages-dir=" + (root / "usr/share/mysql").string(),
            "--plugin-dir=" + (root / "usr/lib/mysql/plugin").string()};
    } else {
        found.binary = find_in(programs.search, "mysqld");
        // Debian's mariadb-server-core has a mysqld that is a link to mariadbd.
        if (found.binary.empty() || found.binary.filename() != "mysqld")
            return missing(
                "mysqld", "run tools/get-mysql and name its folder in MOSAIC_MYSQL_ROOT"
            );
        found.run = {found.binary.string(), "--no-defaults"};
    }
    found.install = found.run;
    append(
        found.install,
        {"--initialize-insecure", "--innodb-redo-log-capacity=8M", "--innodb-buffer-pool-size=32M"}
    );
    return found;
}

void append_mariadb_flags(Arguments& arguments, Durability durability) {
    append(
        arguments,
        {"--log-bin=bin",
         "--binlog-format=ROW",
         "--character-set-server=utf8mb4",
         "--innodb-log-buffer-size=2M",
         "--innodb-buffer-pool-dump-at-shutdown=0",
         "--innodb-buffer-pool-load-at-startup=0",
         "--key-buffer-size=256K",
         "--aria-pagecache-buffer-size=1M",
         "--query-cache-size=0",
         "--query-cache-type=0",
         "--performance-schema=0",
         "--table-open-cache=256"}
    );
    if (durability == Durability::kDurable)
        append(arguments, {"--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M"});
    else
        append(arguments, {"--innodb-buffer-pool-size=32M", "--innodb-log-file-size=4M"});
}

void append_mysql_flags(Arguments& arguments, Durability durability) {
    append(
        arguments,
        {"--secure-file-priv=",
         "--mysqlx=OFF",
         "--gtid-mode=ON",
         "--enforce-gtid-consistency=ON",
         "--innodb-log-buffer-size=2M",
         "--performance-schema=OFF",
         "--key-buffer-size=256K",
         "--table-open-cache=256",
         "--table-definition-cache=400"}
    );
    if (durability == Durability::kDurable)
        append(arguments, {"--innodb-buffer-pool-size=64M", "--innodb-redo-log-capacity=32M"});
    else
        append(arguments, {"--innodb-buffer-pool-size=32M", "--innodb-redo-log-capacity=8M"});
}

std::string quoted(const std::string& text) {
    return "'" + absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "''"}}) + "'";
}

}  // namespace

std::string_view to_string(ServerKind kind) {
    return kind == ServerKind::kMariaDb ? "mariadb" : "mysql";
}

std::vector<fs::path> ServerPrograms::default_search() {
    std::vector<fs::path> folders;
    if (const char* path = std::getenv("PATH"); path != nullptr) {
        const std::vector<std::string> names = absl::StrSplit(path, ':', absl::SkipEmpty());
        folders.assign(names.begin(), names.end());
    }
    folders.insert(folders.end(), {"/usr/local/sbin", "/usr/sbin", "/usr/bin"});
    return folders;
}

std::string ServerProgram::stamp() const {
    struct stat facts {};

    if (::stat(binary.c_str(), &facts) != 0)
        return "unknown";
    return absl::StrFormat("%x-%x", facts.st_size, facts.st_mtim.tv_sec);
}

absl::StatusOr<ServerProgram> find_program(ServerKind kind, const ServerPrograms& programs) {
    return kind == ServerKind::kMariaDb ? find_mariadb(programs) : find_mysql(programs);
}

ServerPaths::ServerPaths(const LocalServerSpec& spec)
    : data(spec.folder / "data"),
      temporary(spec.folder / "tmp"),
      socket(spec.socket.empty() ? spec.folder / "server.sock" : spec.socket),
      pid_file(spec.folder / "server.pid"),
      state(spec.folder / "server.state"),
      log(spec.folder / "error.log"),
      init_sql(spec.folder / "init.sql") {}

std::string ServerPaths::data_argument() const {
    return "--datadir=" + data.string();
}

std::vector<std::string> server_command(
    const ServerProgram& program,
    const LocalServerSpec& spec,
    const ServerPaths& paths,
    std::uint16_t port
) {
    Arguments arguments = program.run;
    append_user(arguments);
    arguments.push_back(paths.data_argument());
    arguments.push_back("--socket=" + paths.socket.string());
    arguments.push_back(absl::StrFormat("--port=%d", port));
    arguments.push_back("--pid-file=" + (spec.folder / "mysqld.pid").string());
    // A server that starts empties its folder of temporary tables, those of its neighbours too.
    arguments.push_back("--tmpdir=" + paths.temporary.string());
    arguments.push_back("--init-file=" + paths.init_sql.string());
    arguments.push_back(absl::StrFormat("--server-id=%d", spec.server_id));
    append(
        arguments,
        {"--bind-address=127.0.0.1",
         "--skip-name-resolve",
         "--max-connections=200",
         "--max-allowed-packet=64M"}
    );
    if (spec.kind == ServerKind::kMariaDb)
        append_mariadb_flags(arguments, spec.durability);
    else
        append_mysql_flags(arguments, spec.durability);
    if (spec.durability == Durability::kDurable) {
        append(
            arguments,
            {"--innodb-flush-log-at-trx-commit=1", "--sync-binlog=1", "--innodb-doublewrite=1"}
        );
    } else {
        // 2 hands a commit to the system at once, so it survives kill -9; 0 would not.
        append(
            arguments,
            {"--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0", "--innodb-doublewrite=0"}
        );
    }
    arguments.insert(arguments.end(), spec.extra_flags.begin(), spec.extra_flags.end());
    return arguments;
}

std::vector<std::string> install_command(const ServerProgram& program, const fs::path& data) {
    Arguments arguments = program.install;
    append_user(arguments);
    arguments.push_back("--datadir=" + data.string());
    return arguments;
}

std::string init_sql(const ServerAccount& account) {
    // One statement a line; kept out of the binlog, since each server is its own.
    std::string sql = "SET SESSION sql_log_bin = 0;\n";
    for (const char* host : {"localhost", "127.0.0.1"}) {
        const std::string name = absl::StrFormat("%s@'%s'", quoted(account.user), host);
        const std::string secret = quoted(account.password);
        sql += absl::StrFormat("CREATE USER IF NOT EXISTS %s IDENTIFIED BY %s;\n", name, secret);
        sql += absl::StrFormat("ALTER USER %s IDENTIFIED BY %s;\n", name, secret);
        sql += absl::StrFormat("GRANT ALL ON *.* TO %s WITH GRANT OPTION;\n", name);
    }
    if (account.user != "root")
        sql += "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';\n";
    return sql;
}

}  // namespace mosaic::launcher
