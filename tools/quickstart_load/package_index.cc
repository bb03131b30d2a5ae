#include "package_index.h"

#include <charconv>
#include <string_view>
#include <utility>

namespace {

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// `libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0`
std::vector<std::string> names_in(std::string_view list) {
    std::vector<std::string> names;
    while (!list.empty()) {
        const auto comma = list.find(',');
        const std::string_view one = trimmed(list.substr(0, comma));
        const std::string_view name = one.substr(0, one.find_first_of(" (|:"));
        if (!name.empty())
            names.emplace_back(name);
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    }
    return names;
}

void set_field(Package& package, std::string_view name, std::string_view value) {
    if (name == "Package") {
        package.name = value;
    } else if (name == "Version") {
        package.version = value;
    } else if (name == "Architecture") {
        package.architecture = value;
    } else if (name == "Section") {
        package.section = value.substr(value.rfind('/') + 1);  // contrib/games counts as games
    } else if (name == "Priority") {
        package.priority = value;
    } else if (name == "Maintainer") {
        package.maintainer = value;
    } else if (name == "Description" || (name == "Description-en" && package.description.empty())) {
        package.description = value;
    } else if (name == "Installed-Size") {
        std::from_chars(value.data(), value.data() + value.size(), package.installed_kib);
    } else if (name == "Depends") {
        package.depends = names_in(value);
    }
}

}  // namespace

std::vector<Package> read_package_index(std::istream& in) {
    std::vector<Package> packages;
    Package package;
    std::string line;
    const auto finish = [&] {
        if (!package.name.empty() && !package.version.empty())
            packages.push_back(std::move(package));
        package = Package();
    };
    while (std::getline(in, line)) {
        if (line.empty()) {
            finish();
            continue;
        }
        const auto colon = line.find(':');
        if (line.front() == ' ' || colon == std::string::npos)
            continue;  // a field that goes on
        set_field(
            package,
            std::string_view(line).substr(0, colon),
            trimmed(std::string_view(line).substr(colon + 1))
        );
    }
    finish();
    return packages;
}
