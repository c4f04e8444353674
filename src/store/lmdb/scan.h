#pragma once

#include <string>

#include "core/store.h"
#include "store/lmdb/readers.h"

namespace picus {

/// One page of the items in `snapshot`. The pages of the map that a long one touched are given
/// back, so that the process does not seem to hold what it once read. Errors: invalid_cursor,
/// internal, store_unavailable; store_damaged, and then `place` is the key of the damaged item, or
/// the last one that could be read.
Result<Page> scan_page(const ReadTransaction& snapshot, ScanRequest request, std::string& place);

}  // namespace picus
