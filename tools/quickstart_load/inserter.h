#pragma once

#include "progress.h"

#include <cstddef>
#include <functional>
#include <mosaic/mosaic.h>
#include <string>
#include <vector>

/// Rows of one table, sent many at a time. One thread at a time.
class Inserter {
public:
    /// `head`: `INSERT INTO t (a, b) VALUES `
    Inserter(mosaic::Client& client, const std::string& head, Progress& progress)
        : client_(client), head_(head), progress_(progress) {}

    absl::Status add(std::vector<mosaic::Value> row);
    absl::Status flush();

private:
    mosaic::Client& client_;
    const std::string& head_;
    Progress& progress_;
    std::size_t rows_ = 0;
    std::vector<mosaic::Value> values_;
};

/// Calls `add_rows` for every index below `count`, on a few threads with an inserter each, and
/// sends all rows. The first error ends it.
absl::Status insert_all(
    mosaic::Client& client,
    const std::string& head,
    Progress& progress,
    std::size_t count,
    const std::function<absl::Status(Inserter& inserter, std::size_t index)>& add_rows
);
