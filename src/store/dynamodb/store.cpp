#include "store/dynamodb/store.h"

#include <utility>

#include "core/concat.h"
#include "store/dynamodb/answer.h"
#include "store/dynamodb/state.h"

namespace picus {

DynamoDbStore::DynamoDbStore(aws::Caller& client, Options options, Log& log)
    : state_(std::make_shared<State>(client, std::move(options), log)) {}

DynamoDbStore::~DynamoDbStore() = default;

StoreIdentity DynamoDbStore::identity() const {
  return {.kind = kKind,
          .place = concat(state_->options.table, " in ", state_->client.place()),
          .counts_capacity = state_->options.metrics != nullptr};
}

asio::awaitable<DynamoDbStore::State::Answer> DynamoDbStore::State::call(std::string operation,
                                                                         std::string body,
                                                                         Context context,
                                                                         Share share) {
  const bool is_counted = capacity.counts(operation);
  // Also for the span. DescribeTable consumes none.
  if (is_counted || (context.trace.is_recorded() && operation != "DescribeTable")) {
    ConsumedCapacity::request(body);
  }
  if (is_counted) {
    return counted_call(std::move(operation), std::move(body), std::move(context), share);
  }
  return client.call(std::move(operation), std::move(body), context.deadline,
                     std::move(context.trace), share);
}

asio::awaitable<DynamoDbStore::State::Answer> DynamoDbStore::State::counted_call(
    std::string operation, std::string body, Context context, Share share) {
  const auto request = context.trace.shared;
  auto answer = co_await client.call(operation, std::move(body), context.deadline,
                                     std::move(context.trace), share);
  if (answer) {
    const std::uint64_t milliunits = capacity.count(operation, answer->body);
    if (request) request->milliunits.fetch_add(milliunits, std::memory_order_relaxed);
  }
  co_return answer;
}

asio::awaitable<Result<std::optional<StoredItem>>> DynamoDbStore::get(Key key, Context context) {
  const auto answer = co_await state_->call(
      "GetItem", state_->requests.get_item(key.text(), context.eventual), context);
  if (!answer) co_return std::unexpected(dynamodb_error(answer.error()));
  co_return read_get_item(answer->body, state_->options.key_attribute);
}

asio::awaitable<Result<PutOutcome>> DynamoDbStore::put(NewItem item, PutCondition condition,
                                                       std::optional<IdempotencyHash> idempotency,
                                                       Context context) {
  OneWrite write{.name = state_->ids.token()};
  co_return co_await state_->put(&write, &item, std::move(condition),
                                 idempotency ? idempotency_text(*idempotency) : std::string(),
                                 std::move(context));
}

asio::awaitable<Result<void>> DynamoDbStore::remove(Key key, RemoveCondition condition,
                                                    Context context) {
  co_return co_await state_->remove(std::move(key), std::move(condition), std::move(context));
}

}  // namespace picus
