#include "package_index.h"

#include <charconv>
#include <string_view>
#include <utility>

namespace {

struct Kind {
    std::string_view field;
    const char* name;
};

constexpr Kind kKinds[] = {
    {"Pre-Depends", "pre-depends"},
    {"Depends", "depends"},
    {"Recommends", "recommends"},
    {"Suggests", "suggests"},
};

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// `libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0`
void add_dependencies(Package& package, const char* kind, std::string_view list) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        const std::string_view wanted = trimmed(list.substr(0, comma));
        const std::string_view target = wanted.substr(0, wanted.find_first_of(" (|:"));
        if (!target.empty())
            package.dependencies.push_back({kind, std::string(target), std::string(wanted)});
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    }
}

void set_field(Package& package, std::string_view name, std::string_view value) {
    if (name == "Package") {
        package.name = value;
    } else if (name == "Version") {
        package.version = value;
    } else if (name == "Architecture") {
        package.architecture = value;
    } else if (name == "Section") {
        package.section = value.substr(value.rfind('/') + 1);
    } else if (name == "Priority") {
        package.priority = value;
    } else if (name == "Maintainer") {
        package.maintainer = value;
    } else if (name == "Description" || (name == "Description-en" && package.description.empty())) {
        package.description = value;
    } else if (name == "Installed-Size") {
        std::from_chars(value.data(), value.data() + value.size(), package.installed_kib);
    } else {
        for (const Kind& kind : kKinds) {
            if (name == kind.field)
                add_dependencies(package, kind.name, value);
        }
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
