#include "plan/calls.h"

#include "plan/bind.h"
#include "plan/faults.h"

#include <absl/container/flat_hash_set.h>
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <string>

namespace mosaic::plan {
namespace {

// Variables that every connection of a client has alike: by its own session settings, or because
// servers of one cluster are of one kind.
bool is_same_everywhere(std::string_view name) {
    static const absl::flat_hash_set<std::string_view> kNames = {
        "autocommit",
        "auto_increment_increment",
        "default_storage_engine",
        "div_precision_increment",
        "foreign_key_checks",
        "group_concat_max_len",
        "init_connect",
        "innodb_version",
        "interactive_timeout",
        "license",
        "lower_case_table_names",
        "max_allowed_packet",
        "max_sort_length",
        "net_buffer_length",
        "net_read_timeout",
        "net_write_timeout",
        "performance_schema",
        "protocol_version",
        "query_cache_size",
        "query_cache_type",
        "sql_auto_is_null",
        "sql_big_selects",
        "sql_mode",
        "sql_safe_updates",
        "sql_select_limit",
        "system_time_zone",
        "time_zone",
        "transaction_isolation",
        "transaction_read_only",
        "tx_isolation",
        "tx_read_only",
        "unique_checks",
        "version",
        "version_comment",
        "version_compile_machine",
        "version_compile_os",
        "wait_timeout"};
    std::string lower(name);
    for (char& c : lower) c = absl::ascii_tolower(static_cast<unsigned char>(c));
    return kNames.contains(lower) || lower.starts_with("character_set_") ||
           lower.starts_with("collation_") || lower.starts_with("have_");
}

absl::Status variable_read(std::string_view sigil, std::string_view name) {
    return make_error(
        errors::kVariableRead,
        absl::StrFormat(
            "read %s%s: it has a value per server or connection; ask the server itself, or keep "
            "the "
            "value in the program and bind it",
            sigil,
            name
        )
    );
}

absl::Status check_function(const sql::Expr& function) {
    switch (classify_call(function)) {
        case FunctionClass::kPure:
        case FunctionClass::kOnce:
            return absl::OkStatus();
        case FunctionClass::kSession:
            return make_error(
                errors::kFunctionRefused,
                absl::StrFormat(
                    "call %s(): its value is one connection's, and a statement may use any; ask "
                    "the "
                    "client, or send it with at(key)",
                    function.text
                )
            );
        case FunctionClass::kRefused:
            return make_error(
                errors::kFunctionRefused,
                absl::StrFormat(
                    "call %s(): it means something on one server only; send it with at(key)",
                    function.text
                )
            );
        case FunctionClass::kUnknown:
            break;
    }
    return make_error(
        errors::kFunctionUnknown,
        absl::StrFormat(
            "call %s(): it is not known to give the same answer on every shard; send it with "
            "at(key)",
            function.text
        )
    );
}

}  // namespace

absl::Status check_calls(const Mentions& mentions) {
    for (const sql::Expr* call : mentions.calls) {
        if (call->kind == sql::ExprKind::kFunction)
            MOSAIC_RETURN_IF_ERROR(check_function(*call));
        if (call->kind == sql::ExprKind::kUserVariable)
            return variable_read("@", call->text);
        if (call->kind == sql::ExprKind::kSystemVariable && !is_same_everywhere(call->text))
            return variable_read("@@", call->text);
    }
    return absl::OkStatus();
}

bool calls_last_insert_id(const Mentions& mentions, bool with_argument) {
    return std::ranges::any_of(mentions.calls, [&](const sql::Expr* call) {
        return call->kind == sql::ExprKind::kFunction && call->args.empty() != with_argument &&
               absl::EqualsIgnoreCase(
                   absl::string_view(call->text.data(), call->text.size()), "LAST_INSERT_ID"
               );
    });
}

absl::Status check_repeatable(const Mentions& mentions) {
    for (const sql::Expr* call : mentions.calls) {
        if (call->kind != sql::ExprKind::kFunction || classify_call(*call) != FunctionClass::kOnce)
            continue;
        return make_error(
            errors::kFunctionOnce,
            absl::StrFormat(
                "call %s() on several shards: each would give its own value; bind the value, or "
                "name "
                "the shard key in WHERE",
                call->text
            )
        );
    }
    return absl::OkStatus();
}

absl::Status refuse_match(const Mentions& mentions) {
    for (const sql::Expr* call : mentions.calls) {
        if (call->kind == sql::ExprKind::kMatch) {
            return make_error(
                errors::kStatementRefused,
                "search with MATCH .. AGAINST: its scores depend on all rows of the table, and one "
                "shard has a part of them; search in a reference table"
            );
        }
    }
    return absl::OkStatus();
}

}  // namespace mosaic::plan
