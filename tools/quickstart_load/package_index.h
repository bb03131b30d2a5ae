#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

/// One package of `apt-cache dumpavail`.
struct Package {
    std::string name;
    std::string version;
    std::string architecture;
    std::string section;
    std::string priority;
    std::string maintainer;   ///< `Name <address>`
    std::string description;  ///< Its first line.
    std::uint64_t installed_kib = 0;
    std::vector<std::string> depends;  ///< Names; of alternatives the first.
};

/// All packages of the index, in its order; stanzas without a name or version are left out.
std::vector<Package> read_package_index(std::istream& in);
