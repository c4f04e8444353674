#pragma once

#include <string_view>

#include "core/error.h"
#include "core/ids.h"
#include "core/item.h"
#include "json/item_parser.h"

namespace picus {

/// Reads one item as a client wrote it. `fallback_id`: the id where the text has none, nothing: a
/// new UUIDv7. Errors: every code of the contract's JSON section.
Result<NewItem> read_item(json::ItemParser& parser, std::string_view text, IdSource& ids,
                          const std::optional<std::string>& fallback_id);

}  // namespace picus
