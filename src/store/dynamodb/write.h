#pragma once

#include <optional>
#include <string>

#include "aws/dynamodb_client.h"
#include "store/dynamodb/meta.h"

namespace picus {

/// One write of one item, over all the calls it takes, until it has succeeded or its caller gives
/// up. Every call that may change the table requires what the key held before the first of them:
/// the item that one named write left, or no item. As no two writes have one name, a call that
/// comes late or is repeated finds something else once any call of this write, or somebody else,
/// has changed the key, and then changes nothing.
struct OneWrite {
  std::string name;  ///< of a put; it leaves the name in the item
  aws::DynamoDbClient::Share share = aws::DynamoDbClient::Share::single;

  /// What the key held, once that is known: the meta of an item, or no item.
  std::optional<std::optional<ItemMeta>> found = {};

  /// A call may have changed the key although its response was lost. `found` stays as it is.
  bool uncertain = false;

  /// Somebody else has changed the key since, so that nobody can know whether that call did.
  bool lost = false;
};

}  // namespace picus
