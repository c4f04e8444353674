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

/// Parses one item from a client. `fallback_id`: the id if the text has none; without a value: a
/// new UUIDv7. A text longer than `max_bytes` is accepted only if it is the text of an item as a
/// store returns it, and at most kAddedIdBytes longer. Errors: every code of the JSON section of
/// the contract.
Result<NewItem> read_item(json::ItemParser& parser, std::string_view text, IdSource& ids,
                          const std::optional<std::string>& fallback_id,
                          std::size_t max_bytes = kMaxBodyBytes);

/// The error for a text that is longer than that.
std::unexpected<Error> too_long(std::size_t max_bytes);

}  // namespace picus
