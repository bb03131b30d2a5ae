#include "filler.h"

namespace mosaic::tpch {
namespace {

constexpr std::size_t kInsertBytes = 256u << 10;

}  // namespace

void Filler::add(std::string_view table, std::string_view row) {
    auto at = inserts_.find(table);
    if (at == inserts_.end())
        at = inserts_.emplace(table, "").first;
    std::string& insert = at->second;
    if (insert.empty())
        insert.append("INSERT INTO ").append(table).append(" VALUES ");
    else
        insert.push_back(',');
    insert.append(row);
    ++rows_;
    if (insert.size() < kInsertBytes)
        return;
    send_(insert);
    insert.clear();
}

void Filler::finish() {
    for (auto& [table, insert] : inserts_) {
        if (!insert.empty())
            send_(insert);
        insert.clear();
    }
}

}  // namespace mosaic::tpch
