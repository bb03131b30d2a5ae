#pragma once

#include "base/status.h"
#include "keys/key_type.h"
#include "support/test_servers.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

/// The columns and values that key_vectors_test.cc stores and asks for.
namespace mosaic::test {

/// A shard-key column under test.
struct TestColumn {
    std::string declaration;  ///< `VARCHAR(12) CHARACTER SET latin1 COLLATE latin1_bin`
    keys::KeyColumn column;

    [[nodiscard]] keys::KeyType type() const { return must(key_type_of(column)); }
};

TestColumn bytes_column(bool is_fixed, std::uint32_t length);

/// Every type that a shard key may have on the kind of server under test.
std::vector<TestColumn> all_columns();

/// Makes random keys, many of them odd.
class Keys {
public:
    explicit Keys(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t end) { return random_() % end; }

    Value key_of(const keys::KeyType& type);

private:
    Value integer_of(const keys::KeyType& type);
    std::string bytes_of(const keys::KeyType& type);
    std::string text_of(const keys::KeyType& type);
    std::string character_of(const std::string& charset);

    std::mt19937_64 random_;
};

std::string literal_of(const Value& value);

/// Values that every column of the type must hold as well as random ones.
std::vector<Value> edge_values(const keys::KeyType& type);

/// Values that applications might compare a key with.
std::vector<Value> odd_values(Keys& random);

}  // namespace mosaic::test
