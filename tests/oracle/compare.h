#pragma once

#include "answer.h"
#include "corpus.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace mosaic::oracle {

/// Text -> a name for all texts that are equal to it; ascending names are ascending texts.
using Classes = std::map<std::string, std::string>;

/// What the comparison may have to ask the one server.
struct Questions {
    /// The classes of these texts in a collation.
    std::function<Classes(const std::string& collation, const std::set<std::string>& texts)> classes;
    /// The answer to the statement without its LIMIT; nullopt: it has none.
    std::function<std::optional<Answer>()> without_limit;
};

/// Whether two answers are equal as rule 16 of query.md says. Nullopt: they are; else why not.
[[nodiscard]] std::optional<std::string> difference(
    const Case& of, const Answer& expected, const Answer& actual, const Questions& questions
);

}  // namespace mosaic::oracle
