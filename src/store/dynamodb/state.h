#pragma once

#include <atomic>
#include <chrono>
#include <expected>
#include <string>
#include <utility>

#include "aws/caller.h"
#include "core/ids.h"
#include "core/log.h"
#include "core/store.h"
#include "store/dynamodb/capacity.h"
#include "store/dynamodb/error.h"
#include "store/dynamodb/request.h"
#include "store/dynamodb/store.h"
#include "store/dynamodb/write.h"
#include "store/dynamodb/write_window.h"

namespace picus {

/// The state that the parts of the store share. Calls in flight own it too.
struct DynamoDbStore::State {
  State(aws::Caller& dynamodb, Options chosen, Log& used_log)
      : client(dynamodb),
        options(std::move(chosen)),
        requests(options.table, options.key_attribute),
        window(options.bulk_writes),
        capacity(options.metrics),
        log(used_log) {}

  using Share = aws::Caller::Share;
  using Answer = std::expected<aws::CallAnswer, aws::CallError>;

  /// Calls DynamoDB, unless the deadline has passed.
  asio::awaitable<Answer> call(std::string operation, std::string body, Context context,
                               Share share = Share::single);
  asio::awaitable<Answer> counted_call(std::string operation, std::string body, Context context,
                                       Share share);

  /// The current value of the key, read consistently. Without the permission for GetItem, a write
  /// that never succeeds returns it, at the cost of a write.
  asio::awaitable<Result<std::optional<ItemMeta>>> look(Key key, bool to_remove, Context context,
                                                        Share share);

  /// Continues a put after an earlier call. `write` and `item` outlive the call.
  asio::awaitable<Result<PutOutcome>> put(OneWrite* write, const NewItem* item,
                                          PutCondition condition, std::string idempotency,
                                          Context context);
  asio::awaitable<Result<void>> remove(Key key, RemoveCondition condition, Context context);

  /// One call that checks whether the table can be used. DynamoDB reports a table that is not
  /// active as missing; with the permission for DescribeTable, the two cases are distinguished.
  asio::awaitable<Answer> probe(Context context);

  aws::Caller& client;
  const Options options;
  const DynamoDbRequests requests;
  IdSource ids;
  WriteWindow window;
  const ConsumedCapacity capacity;
  std::atomic<std::chrono::steady_clock::time_point> reads_denied_until = {};
  Log& log;
};

}  // namespace picus
