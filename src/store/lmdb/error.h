#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "core/error.h"

namespace picus {

/// Whether an errno or LMDB code says that there is no room: on the disk, in the quota, under the
/// file size limit, or for a larger map.
bool is_full(int code);

/// Whether LMDB found its tree broken.
bool is_damage(int code);

/// A failure of LMDB or the system, for a client; `action` (`commit`) and the code's own words are
/// its detail. No room: store_full; a broken store: store_damaged; a mistake in this program:
/// internal; all else: store_unavailable.
Error lmdb_error(int code, std::string_view action);

/// An item whose record cannot be read: store_damaged.
Error damaged_item();

/// A store that cannot be opened: store_unavailable, with a message for who runs Picus; `code` is
/// LMDB's or an errno, 0 where there is none.
std::unexpected<Error> refuse_store(std::string message, int code = 0);

}  // namespace picus
