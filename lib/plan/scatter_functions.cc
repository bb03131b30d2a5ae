#include "plan/scatter_functions.h"

#include <algorithm>
#include <array>

namespace mosaic::plan {
namespace {

struct FunctionType {
    std::string_view name;
    Gives gives;
};

constexpr auto kFunctions = std::to_array<FunctionType>({
    {"ABS", Gives::kNumeric},
    {"ACOS", Gives::kDouble},
    {"ASCII", Gives::kInteger},
    {"ASIN", Gives::kDouble},
    {"ATAN", Gives::kDouble},
    {"BIN", Gives::kConnectionText},
    {"BIT_COUNT", Gives::kInteger},
    {"BIT_LENGTH", Gives::kInteger},
    {"CEIL", Gives::kNumeric},
    {"CEILING", Gives::kNumeric},
    {"CHARACTER_LENGTH", Gives::kInteger},
    {"CHAR_LENGTH", Gives::kInteger},
    {"COALESCE", Gives::kCommonType},
    {"CONCAT_WS", Gives::kJoinedText},
    {"CONV", Gives::kConnectionText},
    {"COS", Gives::kDouble},
    {"COT", Gives::kDouble},
    {"CRC32", Gives::kInteger},
    {"DATE", Gives::kDate},
    {"DATEDIFF", Gives::kInteger},
    {"DATE_FORMAT", Gives::kConnectionText},
    {"DAY", Gives::kInteger},
    {"DAYNAME", Gives::kConnectionText},
    {"DAYOFMONTH", Gives::kInteger},
    {"DAYOFWEEK", Gives::kInteger},
    {"DAYOFYEAR", Gives::kInteger},
    {"DEGREES", Gives::kDouble},
    {"EXP", Gives::kDouble},
    {"FIELD", Gives::kInteger},
    {"FIND_IN_SET", Gives::kInteger},
    {"FLOOR", Gives::kNumeric},
    {"FROM_DAYS", Gives::kDate},
    {"HEX", Gives::kConnectionText},
    {"HOUR", Gives::kInteger},
    {"IFNULL", Gives::kCommonType},
    {"INET_ATON", Gives::kInteger},
    {"INSTR", Gives::kInteger},
    {"INTERVAL", Gives::kInteger},
    {"ISNULL", Gives::kInteger},
    {"LAST_DAY", Gives::kDate},
    {"LCASE", Gives::kFirstText},
    {"LEFT", Gives::kFirstText},
    {"LENGTH", Gives::kInteger},
    {"LN", Gives::kDouble},
    {"LOCATE", Gives::kInteger},
    {"LOG", Gives::kDouble},
    {"LOG10", Gives::kDouble},
    {"LOG2", Gives::kDouble},
    {"LOWER", Gives::kFirstText},
    {"LPAD", Gives::kJoinedText},
    {"LTRIM", Gives::kFirstText},
    {"MAKEDATE", Gives::kDate},
    {"MICROSECOND", Gives::kInteger},
    {"MID", Gives::kFirstText},
    {"MINUTE", Gives::kInteger},
    {"MOD", Gives::kNumeric},
    {"MONTH", Gives::kInteger},
    {"MONTHNAME", Gives::kConnectionText},
    {"OCT", Gives::kConnectionText},
    {"OCTET_LENGTH", Gives::kInteger},
    {"ORD", Gives::kInteger},
    {"PERIOD_DIFF", Gives::kInteger},
    {"POSITION", Gives::kInteger},
    {"POW", Gives::kDouble},
    {"POWER", Gives::kDouble},
    {"QUARTER", Gives::kInteger},
    {"RADIANS", Gives::kDouble},
    {"REPLACE", Gives::kJoinedText},
    {"REVERSE", Gives::kFirstText},
    {"RIGHT", Gives::kFirstText},
    {"ROUND", Gives::kNumeric},
    {"RPAD", Gives::kJoinedText},
    {"RTRIM", Gives::kFirstText},
    {"SECOND", Gives::kInteger},
    {"SIGN", Gives::kInteger},
    {"SIN", Gives::kDouble},
    {"SQRT", Gives::kDouble},
    {"STRCMP", Gives::kInteger},
    {"SUBSTR", Gives::kFirstText},
    {"SUBSTRING", Gives::kFirstText},
    {"SUBSTRING_INDEX", Gives::kJoinedText},
    {"TAN", Gives::kDouble},
    {"TIMESTAMPDIFF", Gives::kInteger},
    {"TIME_TO_SEC", Gives::kNumeric},
    {"TO_DAYS", Gives::kInteger},
    {"TRUNCATE", Gives::kNumeric},
    {"UCASE", Gives::kFirstText},
    {"UNIX_TIMESTAMP", Gives::kNumeric},
    {"UPPER", Gives::kFirstText},
    {"WEEK", Gives::kInteger},
    {"WEEKDAY", Gives::kInteger},
    {"WEEKOFYEAR", Gives::kInteger},
    {"YEAR", Gives::kInteger},
    {"YEARWEEK", Gives::kInteger},
});

}  // namespace

std::optional<Gives> gives_of(std::string_view name) {
    const auto* found = std::find_if(
        kFunctions.begin(), kFunctions.end(), [&](const FunctionType& f) { return f.name == name; }
    );
    if (found == kFunctions.end())
        return std::nullopt;
    return found->gives;
}

}  // namespace mosaic::plan
