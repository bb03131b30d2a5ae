#include "launcher/server_record.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>

namespace mosaic::launcher {

std::string ServerRecord::to_text() const {
    return absl::StrFormat(
        "kind %s\nport %d\nsocket %s\n", launcher::to_string(kind), port, socket.string()
    );
}

std::optional<ServerRecord> ServerRecord::parse(std::string_view text) {
    ServerRecord record;
    std::uint32_t port = 0;
    const absl::string_view lines(text.data(), text.size());
    for (absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
        const std::pair<std::string, std::string> pair =
            absl::StrSplit(line, absl::MaxSplits(' ', 1));
        const auto& [word, value] = pair;
        if (word == "kind" && value == "mariadb")
            record.kind = ServerKind::kMariaDb;
        else if (word == "kind" && value == "mysql")
            record.kind = ServerKind::kMySql;
        else if (word == "port" && absl::SimpleAtoi(value, &port) && port > 0 && port <= 65535)
            record.port = static_cast<std::uint16_t>(port);
        else if (word == "socket" && !value.empty())
            record.socket = value;
        else
            return std::nullopt;
    }
    if (record.port == 0 || record.socket.empty())
        return std::nullopt;
    return record;
}

}  // namespace mosaic::launcher
