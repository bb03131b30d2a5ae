#pragma once

#include "merge/row_stream.h"
#include "mosaic/client.h"

#include <memory>
#include <string>
#include <vector>

namespace mosaic {

/// What a Stream pulls from, and what must outlive it.
class Stream::Source {
public:
    std::shared_ptr<Client::State> client;
    std::shared_ptr<void> connection;  ///< Of the transaction that it reads in; or null.
    std::unique_ptr<RowStream> rows;   ///< Destroyed before those.
    std::vector<std::string> missing_shards;
};

}  // namespace mosaic
