#pragma once

#include "core/store.h"
#include "store/lmdb/readers.h"

namespace picus {

/// One page of the items in `snapshot`. Releases the pages of the map after a long scan, so that
/// they do not count as memory of the process. Errors: invalid_cursor, internal, store_unavailable,
/// store_damaged.
Result<Page> scan_page(const ReadTransaction& snapshot, ScanRequest request);

}  // namespace picus
