#pragma once

#include <optional>
#include <string>

#include "aws/caller.h"
#include "store/dynamodb/meta.h"

namespace picus {

/// One write of one item with all its calls, until it succeeds or its caller stops waiting. Every
/// call that may change the table requires the value that the key had before the first call: the
/// item of one named write, or no item. Names of writes are unique. Therefore a delayed or repeated
/// call changes nothing once a call of this write, or another client, has changed the key.
struct OneWrite {
  std::string name;  ///< of a put, which stores the name in the item
  aws::Caller::Share share = aws::Caller::Share::single;

  /// The value that the key had, once it is known: the meta of an item, or no item.
  std::optional<std::optional<ItemMeta>> found = {};

  /// A call may have changed the key although its response was lost. `found` does not change.
  bool uncertain = false;

  /// Another client has changed the key since, so that it is unknown whether that call did.
  bool lost = false;
};

}  // namespace picus
