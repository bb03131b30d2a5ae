#pragma once

#include <mosaic/mosaic.h>

/// What mosaic.yaml may name: the built-in partitioners, and `modulo`, the key modulo the number of
/// buckets, as many home-grown sharding schemes do it. Every program that opens this database needs
/// it, the tool too.
mosaic::Registry registry_with_modulo();
