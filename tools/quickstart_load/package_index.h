#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

/// One need of a package: `a (>= 1.2) | b`.
struct Dependency {
    const char* kind = "";  ///< `depends`, `pre-depends`, `recommends`, `suggests`
    std::string target;     ///< The name; of alternatives the first.
    std::string wanted;     ///< As it is written.
};

/// One package of `apt-cache dumpavail`.
struct Package {
    std::string name;
    std::string version;
    std::string architecture;
    std::string section;  ///< Without its area: `games` also for contrib/games.
    std::string priority;
    std::string maintainer;   ///< `Name <address>`
    std::string description;  ///< Its first line.
    std::uint64_t installed_kib = 0;
    std::vector<Dependency> dependencies;
};

/// All packages of the index, in its order; stanzas without a name or version are left out.
std::vector<Package> read_package_index(std::istream& in);
