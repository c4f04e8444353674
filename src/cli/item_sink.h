#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "core/item.h"
#include "core/store.h"

namespace picus::cli {

/// An item of a batch that could not be written.
struct RefusedItem {
  std::size_t index;   ///< in the batch
  std::string code;    ///< `already-exists`
  std::string detail;  ///< a sentence
};

/// What became of a batch. Whatever is counted as created or replaced is durable.
struct BatchOutcome {
  std::uint64_t created = 0;
  std::uint64_t replaced = 0;
  std::uint64_t skipped = 0;  ///< with on_conflict=fail: an equal item is there already
  std::vector<RefusedItem> refused;
};

/// Where an import puts its items.
class ItemSink {
 public:
  virtual ~ItemSink() = default;

  /// With on_conflict=fail an item whose key is taken by an equal one is skipped, by another one
  /// refused. Putting a batch again after an error, or after it succeeded, makes no item twice.
  /// Errors: the store's; nothing is known of the batch then.
  virtual asio::awaitable<Result<BatchOutcome>> put(std::vector<NewItem> batch,
                                                    OnConflict on_conflict) = 0;
};

}  // namespace picus::cli
