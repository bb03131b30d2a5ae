// module: partition
#pragma once

#include "mosaic/key_scheme.h"
#include "mosaic/partitioner.h"

#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic {

/// Makes the key scheme of one table.
using KeySchemeFactory = std::function<absl::StatusOr<std::shared_ptr<KeyScheme>>(std::string_view table)>;

/// The partitioners and key schemes that a configuration may name: the built-in ones, and a
/// program's own. Filled once, before Client::open(); copied by it.
class Registry {
public:
    /// With `hash` and `prefix`. The key schemes uuid, ticket and composite are always there.
    Registry();

    /// \return An error when the name is taken or is not of lower-case letters, digits and `_`.
    absl::Status add_partitioner(std::string name, PartitionerFactory factory);
    absl::Status add_key_scheme(std::string name, KeySchemeFactory factory);

    /// Null: not registered.
    [[nodiscard]] const PartitionerFactory* partitioner(std::string_view name) const;
    [[nodiscard]] const KeySchemeFactory* key_scheme(std::string_view name) const;
    /// Names, sorted, for messages.
    [[nodiscard]] std::vector<std::string> partitioner_names() const;
    [[nodiscard]] std::vector<std::string> key_scheme_names() const;

private:
    std::map<std::string, PartitionerFactory, std::less<>> partitioners_;
    std::map<std::string, KeySchemeFactory, std::less<>> key_schemes_;
};

}  // namespace mosaic
