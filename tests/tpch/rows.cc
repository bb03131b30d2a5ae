#include "rows.h"

#include "word_lists.h"

#include <absl/strings/str_format.h>
#include <absl/time/civil_time.h>

#include <algorithm>
#include <cstdint>

namespace mosaic::tpch {
namespace {

/// SplitMix64, seeded by table and row.
class Random {
public:
    Random(std::uint64_t table, std::int64_t row)
        : state_((table << 56) ^ static_cast<std::uint64_t>(row)) {
        next();
    }

    /// In [low, high].
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
    }

    template <typename List>
    auto& one_of(const List& list) {
        return list[next() % list.size()];
    }

private:
    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
        return mixed ^ (mixed >> 31);
    }

    std::uint64_t state_;
};

enum Table : std::uint8_t { kSupplier = 1, kPart, kPartSupp, kCustomer, kOrders };

struct Counts {
    std::int64_t suppliers;
    std::int64_t parts;
    std::int64_t customers;
    std::int64_t orders;
    std::int64_t clerks;
};

Counts counts_of(double scale) {
    const auto count = [&](double of_scale_one) {
        return std::max<std::int64_t>(4, static_cast<std::int64_t>(of_scale_one * scale));
    };
    return {count(10e3), count(200e3), count(150e3), count(1500e3), count(1e3)};
}

std::string words(Random& random, std::int64_t length_min, std::int64_t length_max) {
    const auto length = static_cast<std::size_t>(random.between(length_min, length_max));
    std::string text;
    while (text.size() < length) {
        text += text.empty() ? "" : " ";
        text += random.one_of(kWords);
    }
    text.resize(length);
    return text;
}

/// Letters and digits.
std::string address(Random& random) {
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,";
    std::string text;
    for (std::int64_t left = random.between(10, 40); left > 0; --left)
        text += random.one_of(kLetters);
    return text;
}

std::string phone(Random& random, std::int64_t nation) {
    return absl::StrFormat(
        "%02d-%03d-%03d-%04d",
        nation + 10,
        random.between(100, 999),
        random.between(100, 999),
        random.between(1000, 9999)
    );
}

/// Of a number of cents.
std::string money(std::int64_t cents) {
    const std::int64_t size = cents < 0 ? -cents : cents;
    return absl::StrFormat("%s%d.%02d", cents < 0 ? "-" : "", size / 100, size % 100);
}

void make_regions_and_nations(const Emit& emit) {
    for (std::size_t i = 0; i < kRegions.size(); ++i)
        emit("region", absl::StrFormat("(%d,'%s','a region')", i, kRegions[i]));
    for (std::size_t i = 0; i < kNations.size(); ++i) {
        emit(
            "nation",
            absl::StrFormat("(%d,'%s',%d,'a nation')", i, kNations[i].name, kNations[i].region)
        );
    }
}

/// Five suppliers of 10,000 are complained about, and five recommended.
std::string supplier_comment(Random& random, std::int64_t key) {
    std::string comment = words(random, 50, 75);
    if (key % 2000 == 19)
        comment.insert(comment.size() / 2, "Customer of Complaints");
    else if (key % 2000 == 77)
        comment.insert(comment.size() / 2, "Customer Recommends");
    return comment;
}

void make_suppliers(const Counts& counts, const Emit& emit) {
    for (std::int64_t key = 1; key <= counts.suppliers; ++key) {
        Random random(kSupplier, key);
        const std::int64_t nation = random.between(0, 24);
        const std::string where = address(random);
        const std::string called = phone(random, nation);
        const std::int64_t balance = random.between(-99999, 999999);
        emit(
            "supplier",
            absl::StrFormat(
                "(%d,'Supplier#%09d','%s',%d,'%s',%s,'%s')",
                key,
                key,
                where,
                nation,
                called,
                money(balance),
                supplier_comment(random, key)
            )
        );
    }
}

std::int64_t retail_cents(std::int64_t part) {
    return 90000 + (part / 10) % 20001 + 100 * (part % 1000);
}

/// Supplier number i (of 0 to 3) of a part.
std::int64_t supplier_of(std::int64_t part, std::int64_t i, std::int64_t suppliers) {
    return (part + i * (suppliers / 4 + (part - 1) / suppliers)) % suppliers + 1;
}

std::string part_row(std::int64_t key) {
    Random random(kPart, key);
    std::array<std::string_view, 5> name;
    for (std::size_t i = 0; i < name.size();) {
        name[i] = random.one_of(kColours);
        if (std::find(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(i), name[i]) ==
            name.begin() + static_cast<std::ptrdiff_t>(i))
            ++i;
    }
    const std::int64_t maker = random.between(1, 5);
    const std::int64_t brand = random.between(1, 5);
    const std::string_view type_size = random.one_of(kTypeSizes);
    const std::string_view finish = random.one_of(kTypeFinishes);
    const std::string_view metal = random.one_of(kTypeMetals);
    const std::int64_t size = random.between(1, 50);
    const std::string_view container_size = random.one_of(kContainerSizes);
    const std::string_view container = random.one_of(kContainers);
    return absl::StrFormat(
        "(%d,'%s %s %s %s %s','Manufacturer#%d','Brand#%d%d','%s %s %s',%d,'%s %s',%s,'%s')",
        key,
        name[0],
        name[1],
        name[2],
        name[3],
        name[4],
        maker,
        maker,
        brand,
        type_size,
        finish,
        metal,
        size,
        container_size,
        container,
        money(retail_cents(key)),
        words(random, 5, 22)
    );
}

void make_parts(const Counts& counts, const Emit& emit) {
    for (std::int64_t key = 1; key <= counts.parts; ++key) {
        emit("part", part_row(key));
        Random random(kPartSupp, key);
        for (std::int64_t i = 0; i < 4; ++i) {
            const std::int64_t available = random.between(1, 9999);
            const std::int64_t cost = random.between(100, 100000);
            emit(
                "partsupp",
                absl::StrFormat(
                    "(%d,%d,%d,%s,'%s')",
                    key,
                    supplier_of(key, i, counts.suppliers),
                    available,
                    money(cost),
                    words(random, 49, 198)
                )
            );
        }
    }
}

void make_customers(const Counts& counts, const Emit& emit) {
    for (std::int64_t key = 1; key <= counts.customers; ++key) {
        Random random(kCustomer, key);
        const std::int64_t nation = random.between(0, 24);
        const std::string where = address(random);
        const std::string called = phone(random, nation);
        const std::int64_t balance = random.between(-99999, 999999);
        const std::string_view segment = random.one_of(kSegments);
        emit(
            "customer",
            absl::StrFormat(
                "(%d,'Customer#%09d','%s',%d,'%s',%s,'%s','%s')",
                key,
                key,
                where,
                nation,
                called,
                money(balance),
                segment,
                words(random, 29, 116)
            )
        );
    }
}

const absl::CivilDay kFirstOrder(1992, 1, 1);
const absl::CivilDay kToday(1995, 6, 17);
const absl::CivilDay kLastDay(1998, 12, 31);

std::string text_of(absl::CivilDay day) {
    return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

/// An order with its lines.
class OrderMaker {
public:
    OrderMaker(const Counts& counts, const Emit& emit) : counts_(counts), emit_(emit) {}

    void make(std::int64_t number) {
        Random random(kOrders, number);
        // The first eight of 32 keys are used.
        const std::int64_t key = (number - 1) / 8 * 32 + (number - 1) % 8 + 1;
        const absl::CivilDay date = kFirstOrder + random.between(0, kLastDay - kFirstOrder - 151);
        total_ = 0;
        open_ = 0;
        const std::int64_t lines = random.between(1, 7);
        for (std::int64_t line = 1; line <= lines; ++line) make_line(random, key, line, date);
        const char* status = open_ == 0 ? "F" : open_ == lines ? "O" : "P";
        const std::int64_t customer = customer_of(random);
        const std::string_view priority = random.one_of(kPriorities);
        const std::int64_t clerk = random.between(1, counts_.clerks);
        emit_(
            "orders",
            absl::StrFormat(
                "(%d,%d,'%s',%s,'%s','%s','Clerk#%09d',0,'%s')",
                key,
                customer,
                status,
                money((total_ + 5000) / 10000),
                text_of(date),
                priority,
                clerk,
                words(random, 19, 78)
            )
        );
    }

private:
    /// A third of the customers never order.
    std::int64_t customer_of(Random& random) const {
        const std::int64_t customer = random.between(1, counts_.customers);
        return customer % 3 == 0 ? customer - 1 : customer;
    }

    void make_line(Random& random, std::int64_t order, std::int64_t line, absl::CivilDay date) {
        const std::int64_t part = random.between(1, counts_.parts);
        const std::int64_t supplier = supplier_of(part, random.between(0, 3), counts_.suppliers);
        const std::int64_t quantity = random.between(1, 50);
        const std::int64_t price = quantity * retail_cents(part);
        const std::int64_t discount = random.between(0, 10);
        const std::int64_t tax = random.between(0, 8);
        const absl::CivilDay shipped = date + random.between(1, 121);
        const absl::CivilDay promised = date + random.between(30, 90);
        const absl::CivilDay received = shipped + random.between(1, 30);
        const char* returned = received > kToday ? "N" : random.between(0, 1) == 0 ? "R" : "A";
        const bool is_open = shipped > kToday;
        const std::string_view instruction = random.one_of(kInstructions);
        const std::string_view mode = random.one_of(kModes);
        total_ += price * (100 + tax) * (100 - discount);
        open_ += is_open ? 1 : 0;
        emit_(
            "lineitem",
            absl::StrFormat(
                "(%d,%d,%d,%d,%d,%s,0.%02d,0.%02d,'%s','%s','%s','%s','%s','%s','%s','%s')",
                order,
                part,
                supplier,
                line,
                quantity,
                money(price),
                discount,
                tax,
                returned,
                is_open ? "O" : "F",
                text_of(shipped),
                text_of(promised),
                text_of(received),
                instruction,
                mode,
                words(random, 10, 43)
            )
        );
    }

    const Counts& counts_;
    const Emit& emit_;
    std::int64_t total_ = 0;  ///< Of the order, in ten thousandths of a cent.
    std::int64_t open_ = 0;   ///< Lines that were not shipped.
};

}  // namespace

void make_rows(double scale, const Emit& emit) {
    const Counts counts = counts_of(scale);
    make_regions_and_nations(emit);
    make_suppliers(counts, emit);
    make_parts(counts, emit);
    make_customers(counts, emit);
    OrderMaker orders(counts, emit);
    for (std::int64_t number = 1; number <= counts.orders; ++number) orders.make(number);
}

}  // namespace mosaic::tpch
