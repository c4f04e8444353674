#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/operations.h"
#include "core/store.h"

namespace picus {

class Log;
namespace aws {
class DynamoDbClient;
}

/// Items in a DynamoDB table: the key in `key_attribute`, the members as native attributes, and one
/// map attribute `picus:meta`. What DynamoDB gives back has the values that were put; members come
/// in an order of its own, and numbers in its spelling.
///
/// Items that other programs wrote are served too: without an ETag, sets as arrays, binary values
/// as base64 strings, and an attribute `id` that is not the key hidden by the key. A program that
/// changes an item and leaves `picus:meta` as it was leaves the item's old ETag too.
///
/// A write whose response was lost is repeated, and no repetition undoes what somebody else was
/// promised: whatever replaces or removes an item first reads the name of the write that left it,
/// and requires that name each time it is sent. A put that meets its own name has succeeded. A
/// removal that finds nothing is taken for the one that removed the item: where another removal was
/// quicker, both succeed. Where somebody else changed the item meanwhile, the outcome is not known:
/// store_unavailable. Two exceptions: a put to a free key has no name to require, so that a call of
/// it that comes late finds the key free again after a removal; and of items that other programs
/// wrote, which have no name, no two can be told apart.
class DynamoDbStore final : public Store {
 public:
  struct Options {
    std::string table;
    std::string key_attribute = "id";
    Operations offered = {};       ///< nothing is asked of the table that takes other rights
    unsigned segments = 4;         ///< of a list's parallel scan
    std::size_t bulk_writes = 32;  ///< of one put_many on their way at one time, at most
  };

  /// `client` and `log` outlive the store.
  DynamoDbStore(aws::DynamoDbClient& client, Options options, Log& log);
  ~DynamoDbStore() override;

  /// Whether the table is there, may be used, and has `key_attribute` as its only key, a string.
  /// Takes the right to one operation that is offered: GetItem, else Scan, DeleteItem or PutItem.
  /// Errors: store_unavailable, with a message for the person who starts Picus.
  asio::awaitable<Result<void>> check_table(Context context);

  asio::awaitable<Result<std::optional<StoredItem>>> get(Key key, Context context) override;
  /// Errors besides the contract's: reserved_name (a member has the name of the key attribute).
  asio::awaitable<Result<PutOutcome>> put(NewItem item, PutCondition condition,
                                          std::optional<IdempotencyHash> idempotency,
                                          Context context) override;
  /// Concurrent puts, as many as the table takes; what is throttled is tried again until the
  /// deadline.
  /// `context.deadline` tells how long the table may take for one step forward, not for all items.
  asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem> items,
                                                             OnConflict on_conflict,
                                                             Context context) override;
  asio::awaitable<Result<void>> remove(Key key, RemoveCondition condition,
                                       Context context) override;
  asio::awaitable<Result<Page>> scan(ScanRequest request, Context context) override;
  /// A table of more than one page is read in parallel segments; each holds one page until it is
  /// taken.
  std::unique_ptr<PageStream> scan_all(ScanAllRequest request) override;
  /// By what check_table() does.
  asio::awaitable<StoreState> ask(Context context) override;

 private:
  struct State;
  class Batch;
  class Segments;
  class Pages;
  std::shared_ptr<State> state_;
};

}  // namespace picus
