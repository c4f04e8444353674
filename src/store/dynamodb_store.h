#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/store.h"

namespace picus {

class Log;
namespace aws {
class DynamoDbClient;
}

/// Items in a DynamoDB table: the key in `key_attribute`, the members as native attributes, and one
/// map attribute `picus:meta`. Items that other programs wrote are served too, without an ETag.
class DynamoDbStore final : public Store {
 public:
  struct Options {
    std::string table;
    std::string key_attribute = "id";
    unsigned segments = 4;            ///< of a list's parallel scan
    std::size_t bulk_writes = 32;     ///< of one put_many on their way at one time, at most
  };

  /// `client` and `log` outlive the store.
  DynamoDbStore(aws::DynamoDbClient& client, Options options, Log& log);
  ~DynamoDbStore() override;

  /// Whether the table is there, may be read, and has `key_attribute` as its only key, a string.
  /// Errors: store_unavailable, with a message for the person who starts Picus.
  asio::awaitable<Result<void>> check_table(Context context);

  asio::awaitable<Result<std::optional<StoredItem>>> get(Key key, Context context) override;
  asio::awaitable<Result<PutOutcome>> put(NewItem item, PutCondition condition,
                                          std::optional<IdempotencyHash> idempotency,
                                          Context context) override;
  asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem> items,
                                                             OnConflict on_conflict,
                                                             Context context) override;
  asio::awaitable<Result<void>> remove(Key key, RemoveCondition condition,
                                       Context context) override;
  asio::awaitable<Result<Page>> scan(ScanRequest request, Context context) override;
  asio::awaitable<Result<void>> ready(Context context) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picus
