#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/store.h"

namespace picus {

/// The contract of Store in its most obvious form, for tests to compare other stores with. Nothing
/// is durable.
class MemoryStore : public Store {
 public:
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
  [[nodiscard]] StoreIdentity identity() const override { return {.kind = "memory", .place = {}}; }
  asio::awaitable<StoreState> ask(Context context) override;

 private:
  struct Entry {
    std::string json;
    Etag etag;
    bool created_by_last_put;
    std::optional<IdempotencyHash> idempotency;
  };

  Result<PutOutcome> put_now(NewItem item, const PutCondition& condition,
                             std::optional<IdempotencyHash> idempotency);
  BulkOutcome put_one_of_many(NewItem item, OnConflict on_conflict);

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace picus
