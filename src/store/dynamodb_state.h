#pragma once

#include <expected>
#include <string>
#include <utility>

#include "aws/dynamodb_client.h"
#include "core/ids.h"
#include "core/log.h"
#include "core/store.h"
#include "store/dynamodb_error.h"
#include "store/dynamodb_request.h"
#include "store/dynamodb_store.h"
#include "store/readiness.h"
#include "store/write_window.h"

namespace picus {

/// What the parts of the store share. Calls in flight hold it too.
struct DynamoDbStore::State {
  State(aws::DynamoDbClient& dynamodb, Options chosen, Log& used_log)
      : client(dynamodb),
        options(std::move(chosen)),
        requests(options.table, options.key_attribute),
        window(options.bulk_writes),
        log(used_log) {}

  using Answer = std::expected<aws::CallAnswer, aws::CallError>;

  /// Calls DynamoDB, unless the deadline has passed.
  asio::awaitable<Answer> call(std::string operation, std::string body, Context context);

  /// A PutItem. Its own meta tells it apart from every other one; under Always it is unconditional.
  struct PreparedPut {
    std::string body;
    PutCondition condition;
    ItemMeta own;
  };
  /// `name`: of the write, from `ids`; a put that is sent again has the same. Errors: as for
  /// DynamoDbRequests::put_item.
  Result<PreparedPut> prepare(const NewItem& item, PutCondition condition, std::string idempotency,
                              std::string name) const;
  asio::awaitable<Result<PutOutcome>> send(PreparedPut put, Context context);

  /// One call that tells whether the table can be used.
  asio::awaitable<Answer> probe(Context context);

  aws::DynamoDbClient& client;
  const Options options;
  const DynamoDbRequests requests;
  IdSource ids;
  WriteWindow window;
  Readiness readiness;
  Log& log;
};

}  // namespace picus
