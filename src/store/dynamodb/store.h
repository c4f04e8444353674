#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/operations.h"
#include "core/store.h"
#include "store/dynamodb/table_options.h"

namespace picus {

class Log;
class Registry;
namespace aws {
class Caller;
}

/// Items in a DynamoDB table: the key in `key_attribute`, the members as native attributes, and one
/// map attribute `picus:meta`. DynamoDB returns the values that were put, with members in another
/// order and numbers in its own format.
///
/// Items that other programs wrote are served too: without an ETag, sets as arrays, binary values
/// as base64 strings, and an attribute `id` that is not the key hidden by the key. If a program
/// changes an item and not `picus:meta`, the item keeps its old ETag.
///
/// A write whose response was lost is repeated, and a repetition never reverts an acknowledged
/// write of another client: a write that replaces or removes an item first reads the name of the
/// write that stored it, and each of its calls requires that name. A put that finds its own name
/// has succeeded. A removal that finds no item counts as successful: if another removal was faster,
/// both succeed. If another client has changed the item in between, the outcome is unknown:
/// store_unavailable. There are two exceptions. A put to a free key has no name to require: a
/// delayed call can find the key free again after a removal. Items of other programs have no names,
/// and cannot be distinguished.
class DynamoDbStore final : public Store {
 public:
  static constexpr std::string_view kKind = "dynamodb";

  struct Options {
    std::string table;
    std::string key_attribute = kDefaultKeyAttribute;
    Operations offered = {};  ///< calls that need other permissions are not made
    std::size_t list_segments = kDefaultListSegments;  ///< the number of parallel scans of a list
    std::size_t bulk_writes = 32;  ///< the maximum number of concurrent writes of one put_many
    /// Counts the consumed capacity, which calls request then; outlives the store. nullptr: nothing
    /// is counted.
    Registry* metrics = nullptr;
  };

  /// `client` and `log` outlive the store.
  DynamoDbStore(aws::Caller& client, Options options, Log& log);
  ~DynamoDbStore() override;

  /// Checks that the table exists, can be used, and has `key_attribute` as its only key, a string.
  /// Needs the permission for one operation that is offered: GetItem, else Scan, DeleteItem or
  /// PutItem. Errors: store_unavailable, with a message for the operator.
  asio::awaitable<Result<void>> check_table(Context context);

  asio::awaitable<Result<std::optional<StoredItem>>> get(Key key, Context context) override;
  /// Errors besides the contract's: reserved_name (a member has the name of the key attribute).
  asio::awaitable<Result<PutOutcome>> put(NewItem item, PutCondition condition,
                                          std::optional<IdempotencyHash> idempotency,
                                          Context context) override;
  /// Puts concurrently, at the rate that the table accepts; throttled puts are retried until the
  /// deadline. `context.deadline` limits the time without progress, not the time for all items.
  asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem> items,
                                                             OnConflict on_conflict,
                                                             Context context) override;
  asio::awaitable<Result<void>> remove(Key key, RemoveCondition condition,
                                       Context context) override;
  asio::awaitable<Result<Page>> scan(ScanRequest request, Context context) override;
  /// A table of more than one page is read in parallel segments; each keeps one page until it is
  /// read.
  std::unique_ptr<PageStream> scan_all(ScanAllRequest request) override;
  [[nodiscard]] StoreIdentity identity() const override;
  /// Uses the same call as check_table().
  asio::awaitable<StoreState> ask(Context context) override;

 private:
  struct State;
  class Batch;
  class Segments;
  class Pages;
  std::shared_ptr<State> state_;
};

}  // namespace picus
