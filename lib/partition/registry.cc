#include "mosaic/registry.h"

#include "base/status.h"
#include "partition/hash_partitioner.h"
#include "partition/prefix_partitioner.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mosaic {
namespace {

// Made by the library itself, from what a factory of one name is not given: counters and types.
constexpr std::array<std::string_view, 4> kBuiltInSchemes = {
    "composite", "ticket", "uuid", "uuid_v4"};

bool is_built_in_scheme(std::string_view name) {
    return std::find(kBuiltInSchemes.begin(), kBuiltInSchemes.end(), name) != kBuiltInSchemes.end();
}

bool is_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

absl::Status check_name(std::string_view what, std::string_view name, bool is_taken) {
    if (!is_name(name)) {
        return make_error(
            errors::kRegistryName,
            absl::StrFormat(
                "register %s \"%s\": a name is of lower-case letters, digits and _; give it such "
                "a name",
                what,
                name
            )
        );
    }
    if (is_taken) {
        return make_error(
            errors::kRegistryName,
            absl::StrFormat(
                "register %s %s: the name is taken; give it a name of its own", what, name
            )
        );
    }
    return absl::OkStatus();
}

template <typename Factory>
const Factory* find(
    const std::map<std::string, Factory, std::less<>>& factories, std::string_view name
) {
    const auto found = factories.find(name);
    return found == factories.end() ? nullptr : &found->second;
}

}  // namespace

Registry::Registry() {
    partitioners_.emplace("hash", partition::make_hash_partitioner);
    partitioners_.emplace("prefix", [](std::uint32_t bucket_count) {
        return partition::make_prefix_partitioner(bucket_count);
    });
}

absl::Status Registry::add_partitioner(std::string name, PartitionerFactory factory) {
    MOSAIC_RETURN_IF_ERROR(check_name("partitioner", name, partitioner(name) != nullptr));
    partitioners_.emplace(std::move(name), std::move(factory));
    return absl::OkStatus();
}

absl::Status Registry::add_key_scheme(std::string name, KeySchemeFactory factory) {
    const bool is_taken = is_built_in_scheme(name) || key_scheme(name) != nullptr;
    MOSAIC_RETURN_IF_ERROR(check_name("key scheme", name, is_taken));
    key_schemes_.emplace(std::move(name), std::move(factory));
    return absl::OkStatus();
}

const PartitionerFactory* Registry::partitioner(std::string_view name) const {
    return find(partitioners_, name);
}

const KeySchemeFactory* Registry::key_scheme(std::string_view name) const {
    return find(key_schemes_, name);
}

std::vector<std::string> Registry::partitioner_names() const {
    std::vector<std::string> names;
    for (const auto& [name, factory] : partitioners_) names.push_back(name);
    return names;
}

std::vector<std::string> Registry::key_scheme_names() const {
    std::vector<std::string> names;
    for (const auto& [name, factory] : key_schemes_) names.push_back(name);
    return names;
}

}  // namespace mosaic
