#pragma once

#include "plan/bind.h"
#include "plan/scatter_constructs.h"

#include <absl/status/statusor.h>

#include <vector>

namespace mosaic::plan {

/// Makes a query one for any shard: tables in the shard's schema, columns without the logical
/// database's name, and the holes of the ownership filters (query.md, rule 4), also in subqueries.
class ShardRewriter {
public:
    ShardRewriter(const std::vector<FilterPlace>& places, PlanContext& context)
        : places_(places), context_(context) {}

    /// \param written The SELECT as the places know it, of which query.select is a rewrite.
    absl::StatusOr<const sql::Query*> rewrite_query(
        const sql::Query& query, const sql::Select* written
    );

private:
    const sql::Expr* expression(const sql::Expr* expr);
    const sql::TableRef* table(const sql::TableRef* ref);
    std::span<const sql::OrderItem> order(std::span<const sql::OrderItem> items);
    /// The filters of one place as holes; registers them in the plan.
    std::span<const sql::Hole> owned(
        const sql::Select* select, const sql::TableRef* join, sql::Hole::Lead lead
    );
    [[nodiscard]] std::optional<OwnedFilter::Part> part(const BoundTable& table);

    void fail(const absl::Status& status) {
        if (status_.ok())
            status_ = status;
    }

    const std::vector<FilterPlace>& places_;
    PlanContext& context_;
    absl::Status status_;
};

}  // namespace mosaic::plan
