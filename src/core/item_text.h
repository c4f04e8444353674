#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/ids.h"
#include "core/item.h"
#include "core/limits.h"
#include "json/item_parser.h"

namespace picus {

/// Reads one item as a client wrote it. `fallback_id`: the id where the text has none, nothing: a
/// new UUIDv7. A text longer than `max_bytes` is read only where it is an item's text as a store
/// has it, and longer by no more than kAddedIdBytes. Errors: every code of the contract's JSON
/// section.
Result<NewItem> read_item(json::ItemParser& parser, std::string_view text, IdSource& ids,
                          const std::optional<std::string>& fallback_id,
                          std::size_t max_bytes = kMaxBodyBytes);

/// The error of a text that is longer than that.
std::unexpected<Error> too_long(std::size_t max_bytes);

}  // namespace picus
