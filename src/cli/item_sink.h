#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
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

/// The result of a batch. Items that are counted as created or replaced are durable.
struct BatchOutcome {
  std::uint64_t created = 0;
  std::uint64_t replaced = 0;
  std::uint64_t skipped = 0;  ///< with on_conflict=fail: an equal item is already stored
  std::vector<RefusedItem> refused;
};

/// The destination of an import.
class ItemSink {
 public:
  virtual ~ItemSink() = default;

  /// With on_conflict=fail, an item whose key exists is skipped if the stored item is equal, and
  /// refused otherwise. Putting a batch again, after an error or a success, creates no item twice.
  /// The error is for the user; the result of the batch is then unknown.
  virtual asio::awaitable<std::expected<BatchOutcome, std::string>> put(std::vector<NewItem> batch,
                                                                        OnConflict on_conflict) = 0;
  /// Whether the last error is of a destination that was reached: it is full, or may have stored
  /// items of the batch.
  [[nodiscard]] virtual bool was_reached() const { return false; }
};

}  // namespace picus::cli
