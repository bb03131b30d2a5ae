#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mosaic::sql {

/// A word or a symbol that the grammar names, as a small number: made of its text when the grammar
/// is compiled, and of a token's once, when it is cut. After that a test is one comparison.
class Terminal {
public:
    /// None of them: a name, a literal, the end.
    constexpr Terminal() = default;

    /// Does not compile for a text that is not in the lists below.
    consteval Terminal(const char* text);  // NOLINT(google-explicit-constructor): reads as the text

    /// Upper case; empty: none.
    [[nodiscard]] constexpr std::string_view text() const;

    [[nodiscard]] constexpr std::size_t number() const { return number_; }

    /// Cannot be a name without quotes.
    [[nodiscard]] constexpr bool is_reserved() const;
    /// Reserved, and the name of a function all the same: LEFT(s, 2), IF(a, b, c).
    [[nodiscard]] constexpr bool is_reserved_function() const;
    [[nodiscard]] constexpr bool is_aggregate() const;

    /// A word in whatever case.
    [[nodiscard]] static Terminal of_word(std::string_view word);

    /// The longest symbol with which the text begins.
    [[nodiscard]] static Terminal at_begin_of(std::string_view text);

    friend constexpr bool operator==(Terminal, Terminal) = default;

private:
    constexpr explicit Terminal(std::size_t number) : number_(static_cast<std::uint16_t>(number)) {}

    std::uint16_t number_ = 0;
};

/// The lists, words apart by blanks. What a word is, is told by the list it is in.
namespace terminals {

/// Longer ones before their beginnings.
inline constexpr std::string_view kSymbols =
    "( ) , . ; = <=> << <= <> < >> >= > ->> -> - + * / % != ! := : && & || | ~ ^ { }";

/// Reserved words.
inline constexpr std::string_view kReserved =
    "ACCESSIBLE ADD ALL ALTER ANALYZE AND AS ASC ASENSITIVE BEFORE BETWEEN BIGINT BINARY BLOB "
    "BOTH BY CALL CASCADE CASE CHANGE CHARACTER CHECK COLLATE COLUMN CONDITION CONSTRAINT "
    "CONTINUE CONVERT CREATE CROSS CURSOR DATABASES DAY_HOUR DAY_MICROSECOND DAY_MINUTE "
    "DAY_SECOND DEC DECIMAL DECLARE DEFAULT DELAYED DELETE DESC DESCRIBE DETERMINISTIC "
    "DISTINCT DISTINCTROW DIV DOUBLE DROP DUAL EACH ELSE ELSEIF ENCLOSED ESCAPED EXCEPT "
    "EXISTS EXIT EXPLAIN FALSE FETCH FLOAT FOR FORCE FOREIGN FROM FULLTEXT GRANT GROUP HAVING "
    "HIGH_PRIORITY HOUR_MICROSECOND HOUR_MINUTE HOUR_SECOND IGNORE IN INDEX INFILE INNER "
    "INOUT INSENSITIVE INT INTEGER INTERSECT INTO IS ITERATE JOIN KEY KEYS KILL LEADING LEAVE "
    "LIKE LIMIT LINEAR LINES LOAD LOCK LONG LONGBLOB LONGTEXT LOOP LOW_PRIORITY MATCH "
    "MAXVALUE MEDIUMBLOB MEDIUMINT MEDIUMTEXT MINUTE_MICROSECOND MINUTE_SECOND MODIFIES "
    "NATURAL NOT NULL NUMERIC OFFSET ON OPTIMIZE OPTION OPTIONALLY OR ORDER OUT OUTER OUTFILE "
    "OVER PARTITION PRECISION PRIMARY PROCEDURE PURGE RANGE READ READS REAL RECURSIVE "
    "REFERENCES REGEXP RELEASE RENAME REQUIRE RESIGNAL RESTRICT RETURN RETURNING REVOKE RLIKE "
    "ROWS SCHEMAS SECOND_MICROSECOND SELECT SENSITIVE SEPARATOR SET SHOW SIGNAL SMALLINT "
    "SPATIAL SPECIFIC SQL SQLEXCEPTION SQLSTATE SQLWARNING SQL_BIG_RESULT SQL_CALC_FOUND_ROWS "
    "SQL_SMALL_RESULT SSL STARTING STRAIGHT_JOIN TABLE TERMINATED THEN TINYBLOB TINYINT "
    "TINYTEXT TO TRAILING TRIGGER TRUE UNDO UNION UNIQUE UNLOCK UNSIGNED UPDATE USAGE USE "
    "USING VARBINARY VARCHAR VARCHARACTER VARYING WHEN WHERE WHILE WINDOW WITH WRITE XOR "
    "YEAR_MONTH ZEROFILL";

/// Reserved words that are functions too.
inline constexpr std::string_view kReservedFunctions =
    "CHAR DATABASE SCHEMA IF INSERT LEFT RIGHT MOD REPEAT REPLACE CURRENT_DATE CURRENT_TIME "
    "CURRENT_TIMESTAMP CURRENT_USER LOCALTIME LOCALTIMESTAMP UTC_DATE UTC_TIME UTC_TIMESTAMP "
    "VALUES INTERVAL";

/// Functions over many rows.
inline constexpr std::string_view kAggregates =
    "ANY_VALUE AVG BIT_AND BIT_OR BIT_XOR COUNT GROUP_CONCAT JSON_ARRAYAGG JSON_OBJECTAGG MAX "
    "MIN STD STDDEV STDDEV_POP STDDEV_SAMP SUM VARIANCE VAR_POP VAR_SAMP";

/// Words that can be names, and that the grammar asks for.
inline constexpr std::string_view kOthers =
    "AGAINST ANY BEGIN CAST CHARSET COMMIT DATE DAY DUPLICATE END ESCAPE EXTENDED EXTRACT "
    "FIRST FORMAT GET_FORMAT GLOBAL HOUR JSON_TABLE LATERAL LOCAL LOCKED MEMBER MICROSECOND "
    "MID MINUS MINUTE MODE MONTH NAMES NEXT NOWAIT OF ONLY PARTITIONS PASSWORD POSITION "
    "QUARTER QUICK RESOURCE ROLE ROLLBACK ROLLUP ROW SAVEPOINT SECOND SESSION SHARE SKIP SOME "
    "SOUNDS SQL_BUFFER_RESULT SQL_CACHE SQL_NO_CACHE START STATEMENT SUBSTR SUBSTRING "
    "SYSTEM_TIME TIME TIMESTAMP TIMESTAMPADD TIMESTAMPDIFF TRANSACTION TRIM TRUNCATE UNKNOWN "
    "VALUE WAIT WEEK WEIGHT_STRING WORK YEAR";

constexpr std::size_t count_of(std::string_view list) {
    std::size_t count = 1;
    for (const char c : list) count += c == ' ' ? 1 : 0;
    return count;
}

inline constexpr std::size_t kReservedBegin = 1 + count_of(kSymbols);
inline constexpr std::size_t kReservedFunctionsBegin = kReservedBegin + count_of(kReserved);
inline constexpr std::size_t kAggregatesBegin =
    kReservedFunctionsBegin + count_of(kReservedFunctions);
inline constexpr std::size_t kOthersBegin = kAggregatesBegin + count_of(kAggregates);
inline constexpr std::size_t kCount = kOthersBegin + count_of(kOthers);

constexpr std::array<std::string_view, kCount> make_texts() {
    std::array<std::string_view, kCount> texts;
    std::size_t number = 1;
    for (std::string_view list : {kSymbols, kReserved, kReservedFunctions, kAggregates, kOthers}) {
        while (!list.empty()) {
            const std::string_view one = list.substr(0, list.find(' '));
            texts[number++] = one;
            list.remove_prefix(one.size() < list.size() ? one.size() + 1 : one.size());
        }
    }
    return texts;
}

/// By number; the first is none.
inline constexpr std::array<std::string_view, kCount> kTexts = make_texts();

}  // namespace terminals

consteval Terminal::Terminal(const char* text) {
    const std::string_view wanted(text);
    for (std::size_t number = 1; number < terminals::kCount; ++number) {
        if (terminals::kTexts[number] == wanted)
            number_ = static_cast<std::uint16_t>(number);
    }
    if (number_ == 0)
        throw "it is in none of the lists of terminals.h";
}

constexpr std::string_view Terminal::text() const {
    return terminals::kTexts[number_];
}

constexpr bool Terminal::is_reserved() const {
    return number_ >= terminals::kReservedBegin && number_ < terminals::kAggregatesBegin;
}

constexpr bool Terminal::is_reserved_function() const {
    return number_ >= terminals::kReservedFunctionsBegin && number_ < terminals::kAggregatesBegin;
}

constexpr bool Terminal::is_aggregate() const {
    return number_ >= terminals::kAggregatesBegin && number_ < terminals::kOthersBegin;
}

}  // namespace mosaic::sql
