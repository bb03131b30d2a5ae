// module: keys
#pragma once

#include "mosaic/uuid.h"
#include "mosaic/value.h"

#include <cstdint>
#include <string>
#include <variant>

namespace mosaic {

/// An id that a key scheme made: a 64-bit number or a UUID. Binds as what it is.
class Id {
public:
    Id() = default;
    Id(std::uint64_t number) : id_(number) {}  // NOLINT(google-explicit-constructor)
    Id(Uuid uuid) : id_(uuid) {}               // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool is_uuid() const { return std::holds_alternative<Uuid>(id_); }
    /// \pre !is_uuid()
    [[nodiscard]] std::uint64_t number() const { return *std::get_if<std::uint64_t>(&id_); }
    /// \pre is_uuid()
    [[nodiscard]] const Uuid& uuid() const { return *std::get_if<Uuid>(&id_); }
    /// The number in decimal, or the UUID's 36 characters.
    [[nodiscard]] std::string to_string() const;

    operator Value() const;  // NOLINT(google-explicit-constructor)
    friend auto operator<=>(const Id&, const Id&) = default;

private:
    std::variant<std::uint64_t, Uuid> id_;
};

}  // namespace mosaic
