#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace mosaic::oracle {

/// What the run over a folder has to know of a statement.
struct StatementFacts {
    enum class Kind : std::uint8_t {
        kSelect,   ///< Is judged.
        kSetting,  ///< SET: belongs to the session, so both sides hear it.
        kWrite,    ///< Changes `tables` at most.
        kOther,    ///< May change anything.
    };
    Kind kind = Kind::kOther;
    std::set<std::string> tables;
    bool sets_insert_id = false;  ///< Has LAST_INSERT_ID(): a value that stays with the session.
};

[[nodiscard]] StatementFacts facts_of(std::string_view sql);

/// The output columns that are a GROUP_CONCAT without order, and what separates the parts.
[[nodiscard]] std::map<std::size_t, std::string> unordered_lists(std::string_view sql);

}  // namespace mosaic::oracle
