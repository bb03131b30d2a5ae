#include "key_text.h"

#include "base/status.h"
#include "inspect/read_table.h"
#include "keys/key_type.h"
#include "mosaic/uuid.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace mosaic::tool {
namespace {

using keys::KeyClass;
using keys::KeyType;

absl::Status not_a_key(std::string_view text, std::string_view why) {
    return make_error(errors::kKeyNotExact, absl::StrFormat("read key `%s`: %s", text, why));
}

std::optional<Value> read_integer(std::string_view text) {
    const std::string copy(text);
    std::uint64_t number = 0;
    std::int64_t negative = 0;
    if (absl::SimpleAtoi(copy, &number))
        return Value(number);
    if (absl::SimpleAtoi(copy, &negative))
        return Value(negative);
    return std::nullopt;
}

std::optional<Value> read_hex(std::string_view text) {
    if (text.starts_with("0x"))
        text.remove_prefix(2);
    const bool is_hex = std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
    });
    if (!is_hex || text.empty() || text.size() % 2 != 0)
        return std::nullopt;
    return Value::bytes(absl::HexStringToBytes(std::string(text)));
}

std::optional<Value> read_uuid(std::string_view text) {
    const std::optional<Uuid> uuid = Uuid::parse(text);
    return uuid ? std::optional<Value>(*uuid) : std::nullopt;
}

KeyForm guess_form(std::string_view text) {
    if (read_integer(text))
        return KeyForm::kInteger;
    if (text.size() == 36 && Uuid::parse(text))
        return KeyForm::kUuid;
    return text.starts_with("0x") && read_hex(text) ? KeyForm::kBytes : KeyForm::kText;
}

// Bytes are written as a UUID where the column has 16, as 0x.., or as they are.
std::optional<Value> read_bytes(std::string_view text, const KeyType& type) {
    if (type.length_max == 16) {
        if (auto uuid = read_uuid(text))
            return uuid;
    }
    if (text.starts_with("0x"))
        return read_hex(text);
    return Value::bytes(std::string(text));
}

absl::StatusOr<Value> read_value(std::string_view text, KeyForm form, const KeyType& type) {
    std::optional<Value> value;
    switch (form) {
        case KeyForm::kAny:
            value = type.key_class == KeyClass::kInteger ? read_integer(text)
                    : type.key_class == KeyClass::kBytes ? read_bytes(text, type)
                                                         : std::optional<Value>(Value(text));
            break;
        case KeyForm::kInteger:
            value = read_integer(text);
            break;
        case KeyForm::kText:
            value = Value(text);
            break;
        case KeyForm::kBytes:
            value = read_hex(text);
            break;
        case KeyForm::kUuid:
            value = read_uuid(text);
            break;
    }
    if (!value)
        return not_a_key(text, absl::StrFormat("it is no %s key", type.class_name()));
    return *std::move(value);
}

KeyType type_of_form(KeyForm form, std::string_view text) {
    KeyType type;
    if (form == KeyForm::kInteger) {
        type.is_unsigned = !text.starts_with('-');
    } else if (form == KeyForm::kText) {
        type.key_class = KeyClass::kText;
        type.length_max = static_cast<std::uint32_t>(text.size()) + 1;
        type.charset = "utf8mb4";
        type.collation = "utf8mb4_bin";
    } else {
        type.key_class = KeyClass::kBytes;
        type.length_max = form == KeyForm::kUuid ? 16 : static_cast<std::uint32_t>(text.size()) + 1;
    }
    return type;
}

absl::StatusOr<PlacedKey> place(
    const topology::TableGroup& group, const KeyType& type, std::string_view text, KeyForm form
) {
    MOSAIC_ASSIGN_OR_RETURN(const Value value, read_value(text, form, type));
    const std::optional<std::string> canonical = keys::canonical_for_predicate(type, value);
    if (!canonical)
        return not_a_key(
            text, absl::StrFormat("no %s key is equal to it, or several are", type.class_name())
        );
    PlacedKey placed;
    placed.key_class = type.class_name();
    MOSAIC_ASSIGN_OR_RETURN(placed.bucket, group.partitioner->bucket_of(*canonical));
    placed.shard = group.map.owner(placed.bucket);
    return placed;
}

absl::StatusOr<KeyType> type_of(const schema::TableDef& def, const topology::Table& table) {
    const schema::ColumnDef* column = def.find_column(table.shard_key);
    if (column == nullptr || column->is_other)
        return make_error(
            errors::kKeyTypeRefused,
            absl::StrFormat(
                "read the shard key of table %s: the server has no column %s that may be one; mend "
                "the "
                "configuration or the table",
                table.name,
                table.shard_key
            )
        );
    keys::KeyColumn key;
    key.type = column->type;
    key.is_unsigned = column->is_unsigned;
    key.is_zerofill = column->is_zerofill;
    key.is_nullable = column->is_nullable;
    key.is_generated = column->is_generated;
    key.is_binary = column->is_binary;
    key.length_max = column->length_max;
    key.charset = column->charset;
    key.collation = column->collation;
    return keys::key_type_of(key);
}

// The definition on the first shard whose server answers.
absl::StatusOr<schema::TableDef> read_definition(
    const Context& context, const topology::Table& table
) {
    absl::Status last = absl::OkStatus();
    for (std::uint32_t i = 0; i < context.topology->shards.size(); ++i) {
        auto connection = context.checkout(ShardId{i});
        if (connection.ok())
            return inspect::read_table(
                **connection, context.topology->shards[i].name, table.name, context.deadline()
            );
        last = connection.status();
    }
    return last;
}

}  // namespace

absl::StatusOr<PlacedKey> place_key(
    const topology::TableGroup& group, std::string_view text, KeyForm form
) {
    const bool is_guess = form == KeyForm::kAny;
    const KeyForm read_as = is_guess ? guess_form(text) : form;
    const KeyType type = type_of_form(read_as, text);
    MOSAIC_ASSIGN_OR_RETURN(PlacedKey placed, place(group, type, text, read_as));
    if (is_guess)
        placed.note = absl::StrFormat("the key was taken for %s by its text", placed.key_class);
    return placed;
}

absl::StatusOr<PlacedKey> place_key(
    const Context& context, const topology::Table& table, std::string_view text, KeyForm form
) {
    const topology::TableGroup& group = context.topology->groups[table.group];
    const auto def = read_definition(context, table);
    if (def.ok()) {
        MOSAIC_ASSIGN_OR_RETURN(const KeyType type, type_of(*def, table));
        return place(group, type, text, form);
    }
    MOSAIC_ASSIGN_OR_RETURN(PlacedKey placed, place_key(group, text, form));
    placed.note = absl::StrFormat(
        "the key was taken for %s by its text; its column could not be read: %s",
        placed.key_class,
        message_of(def.status())
    );
    return placed;
}

}  // namespace mosaic::tool
