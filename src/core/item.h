#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/etag.h"
#include "core/key.h"

namespace picus {

/// An item in a store: `json` is the text that a get returns.
struct StoredItem {
  std::string json;
  std::optional<Etag> etag;  ///< absent if another program wrote the item
};

/// An item to be put into a store.
struct NewItem {
  Key key;
  std::string json;  ///< `{"id":"…",…}`, normalized: no white space, `id` first
  Etag etag;
};

/// Makes an item from key and members (`"a":1,"b":2`, may be empty). `members_dynamodb_bytes`: the
/// size of the members as DynamoDB counts it. Errors: item_too_large.
Result<NewItem> make_item(Key key, std::string_view members, std::size_t members_dynamodb_bytes);

}  // namespace picus
