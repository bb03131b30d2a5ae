// module: client
#pragma once

/// Mosaic: many MySQL servers answer as one database.
///
/// What holds everywhere unless a comment says otherwise: nothing throws; failures are absl::Status
/// with an ErrorDetail; classes are not thread-safe; calls block until done or until their deadline.

#include "mosaic/batch.h"
#include "mosaic/client.h"
#include "mosaic/error.h"
#include "mosaic/id.h"
#include "mosaic/ids.h"
#include "mosaic/key_scheme.h"
#include "mosaic/log.h"
#include "mosaic/options.h"
#include "mosaic/partitioner.h"
#include "mosaic/registry.h"
#include "mosaic/result.h"
#include "mosaic/statement.h"
#include "mosaic/uuid.h"
#include "mosaic/value.h"
