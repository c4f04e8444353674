#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/store.h"
#include "store/dynamodb/meta.h"

/// What DynamoDB's answers say. One that cannot be read: store_unavailable.
namespace picus {

/// The item of a GetItem's answer, or nothing.
Result<std::optional<StoredItem>> read_get_item(std::string_view answer,
                                                std::string_view key_attribute);

/// The meta of the item that a write met, which comes as `member` (`Attributes`, `Item`) of the
/// answer or of the error; of another program's item an empty one. Nothing: there was no item.
Result<std::optional<ItemMeta>> read_met_item(std::string_view answer, std::string_view member);

/// Where a page that is being filled is full.
struct PageLimits {
  std::size_t max_items;
  std::size_t max_bytes;  ///< full after the item that passes it
  char separator;
  bool skip_damaged = false;  ///< as in ScanRequest

  [[nodiscard]] bool reached_by(const Page& page) const {
    return page.count >= max_items || page.text.size() > max_bytes;
  }
};

/// Appends the items of a Scan's answer to the page as far as it has room, and returns the key
/// behind which the next Scan goes on; nothing: there is no more. Errors: store_unavailable (that
/// is no answer of a Scan), store_damaged (an item in it cannot be read, others can).
Result<std::optional<std::string>> append_scan(Page& page, std::string_view answer,
                                               const PageLimits& limits,
                                               std::string_view key_attribute);

}  // namespace picus
