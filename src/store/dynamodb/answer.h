#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/store.h"
#include "store/dynamodb/meta.h"

/// Parses responses of DynamoDB. Error of a response that cannot be parsed: store_unavailable.
namespace picus {

/// The item of a response to GetItem, or nothing.
Result<std::optional<StoredItem>> read_get_item(std::string_view answer,
                                                std::string_view key_attribute);

/// The meta of the item that a write found, in `member` (`Attributes`, `Item`) of the response or
/// of the error; empty for an item of another program. Nothing: there was no item.
Result<std::optional<ItemMeta>> read_met_item(std::string_view answer, std::string_view member);

/// When a page is full.
struct PageLimits {
  std::size_t max_items;
  std::size_t max_bytes;  ///< full after the item that reaches this size
  char separator;
  bool skip_damaged = false;  ///< as in ScanRequest

  [[nodiscard]] bool reached_by(const Page& page) const {
    return page.count >= max_items || page.text.size() > max_bytes;
  }
};

/// Appends the items of a response to Scan to the page until it is full, and returns the key after
/// which the next Scan continues; nothing: there are no more. Errors: store_unavailable (not a
/// response to Scan), store_damaged (an item in it cannot be read; others can).
Result<std::optional<std::string>> append_scan(Page& page, std::string_view answer,
                                               const PageLimits& limits,
                                               std::string_view key_attribute);

}  // namespace picus
