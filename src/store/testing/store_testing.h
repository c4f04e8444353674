#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/store.h"
#include "core/testing/recorded_log.h"
#include "core/testing/temporary_directory.h"

/// What tests of stores share.
namespace picus {

Key key(std::string text);
/// `members`: `"a":1,"b":2`.
NewItem item(std::string id, std::string_view members = {});
/// An item whose text has about so many bytes.
NewItem large_item(std::string id, std::size_t bytes);
IdempotencyHash hash(std::uint8_t number);

/// A deadline that no call reaches.
Context in_time();
/// A deadline that every call has missed.
Context too_late();

/// Equal for items of equal value: DynamoDB keeps neither the order of the members nor the way a
/// number was written. Numbers are compared as doubles: the contract's suite has the others.
std::string canonical(std::string_view item);

/// What a store answered, in words, to be compared and read: the name of the error, or
/// `created`, `replaced`, `created before`, `replaced before`,
std::string words(const Result<PutOutcome>& result);
/// `created replaced skipped already-exists`, in the order of the items,
std::string words(const Result<std::vector<BulkOutcome>>& result);
/// the item's canonical text, or `absent`,
std::string words(const Result<std::optional<StoredItem>>& result);
/// or `done`.
std::string words(const Result<void>& result);

/// Calls a store, waits for its answer, and says it in words.
class StoreCaller {
 public:
  explicit StoreCaller(Store& store, Context context = in_time())
      : store_(store), context_(std::move(context)) {}

  std::string get(std::string id);
  /// The item's tag; nothing where there is no item, or an error.
  std::optional<Etag> etag(std::string id);
  std::string put(NewItem item, PutCondition condition = IfAbsent{},
                  std::optional<IdempotencyHash> idempotency = std::nullopt);
  std::string put_many(std::vector<NewItem> items, OnConflict on_conflict);
  std::string remove(std::string id, RemoveCondition condition = IfPresent{});
  std::string ask();

  Result<Page> scan(std::string after, std::size_t max_items, std::size_t max_bytes);
  /// The canonical texts of all items, page by page, in the order of the pages. Fails the test
  /// where a page is not what it says, or has a `next` and no item.
  std::vector<std::string> all(std::size_t max_items = 1000, std::size_t max_bytes = 1 << 20);

 private:
  Store& store_;
  Context context_;
};

/// The items of a page whose separator is a new line.
std::vector<std::string> lines(const Page& page);

}  // namespace picus
