#pragma once

#include <mosaic/mosaic.h>

/// The partitioner `modulo`: key modulo the number of buckets, as many home-grown shard schemes do
/// it. Programs that use it say so to Client::open(), and the tool is built with it (tool.cc).
mosaic::Registry registry_with_modulo();
