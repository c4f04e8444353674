#include "store/dynamodb_store.h"

#include <chrono>
#include <utility>

#include "store/dynamodb_answer.h"
#include "store/dynamodb_state.h"

namespace picus {
namespace {

using Kind = aws::CallError::Kind;

std::int64_t unix_time_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Error refusal(const PutCondition& condition, bool taken) {
  if (std::holds_alternative<IfAbsent>(condition)) {
    return Error(ErrorCode::already_exists, "There is an item with this key.");
  }
  if (!taken) {
    return Error(ErrorCode::precondition_failed, "There is no item with this key to replace.");
  }
  return Error(ErrorCode::precondition_failed, "The item has changed: its tag is another one.");
}

/// What a put answers whose condition did not hold, by the item that it met. Its own item: an
/// attempt before had succeeded, and only its answer was lost.
Result<PutOutcome> judge(const std::optional<ItemMeta>& met, const ItemMeta& own,
                         const PutCondition& condition) {
  if (!met) return std::unexpected(refusal(condition, /*taken=*/false));
  if (met->write == own.write) return PutOutcome{.created = own.created};
  if (!own.idempotency.empty() && met->idempotency == own.idempotency) {
    if (met->etag == own.etag) return PutOutcome{.created = met->created, .replayed = true};
    return failure(ErrorCode::idempotency_mismatch,
                   "This Idempotency-Key was used with another item.");
  }
  return std::unexpected(refusal(condition, /*taken=*/true));
}

bool is_error(const Result<PutOutcome>& outcome, ErrorCode code) {
  return !outcome && outcome.error().code() == code;
}

}  // namespace

DynamoDbStore::DynamoDbStore(aws::DynamoDbClient& client, Options options, Log& log)
    : state_(std::make_shared<State>(client, std::move(options), log)) {}

DynamoDbStore::~DynamoDbStore() = default;

asio::awaitable<DynamoDbStore::State::Answer> DynamoDbStore::State::call(std::string operation,
                                                                         std::string body,
                                                                         Context context) {
  return client.call(std::move(operation), std::move(body), context.deadline,
                     std::move(context.trace));
}

asio::awaitable<Result<std::optional<StoredItem>>> DynamoDbStore::get(Key key, Context context) {
  const auto answer = co_await state_->call(
      "GetItem", state_->requests.get_item(key.text(), context.eventual), context);
  if (!answer) co_return std::unexpected(dynamodb_error(answer.error()));
  co_return read_get_item(answer->body, state_->options.key_attribute);
}

Result<DynamoDbStore::State::PreparedPut> DynamoDbStore::State::prepare(const NewItem& item,
                                                                        PutCondition condition,
                                                                        std::string idempotency,
                                                                        std::string name) const {
  ItemMeta own{.etag = item.etag,
               .created = std::holds_alternative<IfAbsent>(condition),
               .write = std::move(name),
               .idempotency = std::move(idempotency)};
  auto body = requests.put_item(item, condition, own, unix_time_ms());
  if (!body) return std::unexpected(std::move(body.error()));
  return PreparedPut{
      .body = std::move(*body), .condition = std::move(condition), .own = std::move(own)};
}

asio::awaitable<Result<PutOutcome>> DynamoDbStore::State::send(PreparedPut put, Context context) {
  const auto answer = co_await call("PutItem", std::move(put.body), context);
  if (!answer && answer.error().kind != Kind::condition_failed) {
    co_return std::unexpected(dynamodb_error(answer.error()));
  }
  if (answer && !std::holds_alternative<Always>(put.condition)) {
    co_return PutOutcome{.created = put.own.created};
  }
  const auto met = answer ? read_met_item(answer->body, "Attributes")
                          : read_met_item(answer.error().body, "Item");
  if (!met) co_return std::unexpected(met.error());
  if (answer) co_return PutOutcome{.created = !met->has_value()};
  co_return judge(*met, put.own, put.condition);
}

asio::awaitable<Result<PutOutcome>> DynamoDbStore::put(NewItem item, PutCondition condition,
                                                       std::optional<IdempotencyHash> idempotency,
                                                       Context context) {
  const std::string hash = idempotency ? idempotency_text(*idempotency) : std::string();
  const std::string name = state_->ids.token();
  if (!std::holds_alternative<Always>(condition)) {
    auto only = state_->prepare(item, std::move(condition), hash, name);
    if (!only) co_return std::unexpected(std::move(only.error()));
    co_return co_await state_->send(std::move(*only), context);
  }
  // The item says of itself whether it was created: that has to be known before it is written.
  constexpr int kRounds = 8;
  for (int round = 0; round < kRounds; ++round) {
    auto creating = state_->prepare(item, IfAbsent{}, hash, name);
    if (!creating) co_return std::unexpected(std::move(creating.error()));
    auto created = co_await state_->send(std::move(*creating), context);
    if (!is_error(created, ErrorCode::already_exists)) co_return created;
    auto replacing = state_->prepare(item, IfPresent{}, hash, name);
    if (!replacing) co_return std::unexpected(std::move(replacing.error()));
    auto replaced = co_await state_->send(std::move(*replacing), context);
    if (!is_error(replaced, ErrorCode::precondition_failed)) co_return replaced;
  }
  co_return failure(ErrorCode::store_unavailable,
                    "Others put and remove this item all the time; try again.");
}

asio::awaitable<Result<void>> DynamoDbStore::remove(Key key, RemoveCondition condition,
                                                    Context context) {
  const auto answer =
      co_await state_->call("DeleteItem", state_->requests.delete_item(key, condition), context);
  if (answer) co_return Result<void>();
  if (answer.error().kind != Kind::condition_failed) {
    co_return std::unexpected(dynamodb_error(answer.error()));
  }
  const auto met = read_met_item(answer.error().body, "Item");
  if (!met) co_return std::unexpected(met.error());
  if (*met) {
    co_return failure(ErrorCode::precondition_failed,
                      "The item has changed: its tag is another one.");
  }
  if (answer.error().uncertain) co_return Result<void>();
  co_return failure(ErrorCode::not_found, "There is no item with this key.");
}

}  // namespace picus
