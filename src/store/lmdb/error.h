#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "core/error.h"

namespace picus {

/// Whether an errno or LMDB code means that there is no space: on the disk, in the quota, under the
/// file size limit, or for a larger map.
bool is_full(int code);

/// Whether the code of LMDB means that its tree is damaged.
bool is_damage(int code);

/// The error for a client after a failure of LMDB or the system; its detail has `action` (`commit`)
/// and the description of the code. No space: store_full; a damaged store: store_damaged; a bug in
/// this program: internal; otherwise: store_unavailable.
Error lmdb_error(int code, std::string_view action);

/// The record of the item with this key cannot be read: store_damaged, with the key. The error of a
/// damaged page has none.
Error damaged_item(std::string_view key);
/// The same in a list, which cannot return the item.
Error damaged_item_in_list(std::string_view key);

/// A store that cannot be opened: store_unavailable, with a message for the operator; `code` is
/// that of LMDB or an errno, 0 if there is none.
std::unexpected<Error> refuse_store(std::string message, int code = 0);

}  // namespace picus
