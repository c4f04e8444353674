#include <utility>

#include "store/dynamodb/state.h"
#include "store/dynamodb/store.h"

// The table as a whole: whether it can be used.
namespace picus {
namespace {

using Kind = aws::CallError::Kind;

/// Whether there is such an item makes no difference.
constexpr std::string_view kProbeKey = "picus:probe";

// DynamoDB refuses a write that never happens only after it has checked the permissions, the table
// and the key.
Key probe_key() { return Key::parse(std::string(kProbeKey), ErrorCode::internal).value(); }

}  // namespace

asio::awaitable<DynamoDbStore::State::Answer> DynamoDbStore::State::probe(Context context) {
  const Operations& offered = options.offered;
  std::string operation = "PutItem";
  std::string body;
  if (offered.get) {
    operation = "GetItem";
    body = requests.get_item(kProbeKey, /*eventual=*/true);
  } else if (offered.list) {
    operation = "Scan";
    body = requests.scan({.after = {}, .max_items = 1, .eventual = true});
  } else if (offered.remove) {
    operation = "DeleteItem";
    body = requests.delete_item(probe_key(), Pin::nothing());
  } else {
    body = requests.impossible_put(probe_key());
  }
  auto answer = co_await call(std::move(operation), std::move(body), context);
  if (answer) co_return answer;
  Kind& kind = answer.error().kind;
  if (kind == Kind::condition_failed) co_return aws::CallAnswer{.body = {}};
  if (kind == Kind::not_found) {
    const auto table = co_await call("DescribeTable", requests.describe_table(), context);
    if (table) kind = Kind::not_active;
  }
  co_return answer;
}

asio::awaitable<Result<void>> DynamoDbStore::check_table(Context context) {
  const auto answer = co_await state_->probe(std::move(context));
  if (answer) co_return Result<void>();
  const aws::CallError& error = answer.error();
  const Options& options = state_->options;
  const bool is_elsewhere = error.kind == Kind::not_the_service;
  co_return failure(ErrorCode::store_unavailable,
                    advice_on_table(error, options.table, options.key_attribute),
                    is_elsewhere ? std::string() : error.text());
}

asio::awaitable<StoreState> DynamoDbStore::ask(Context context) {
  const auto answer = co_await state_->probe(std::move(context));
  if (answer) co_return StoreState::ok;
  switch (answer.error().kind) {
    case Kind::throttled:
      co_return StoreState::throttled;
    case Kind::not_found:
      co_return StoreState::missing;
    case Kind::access_denied:
    case Kind::key_refused:
    case Kind::bad_credentials:
      co_return StoreState::denied;
    case Kind::refused:
      co_return is_wrong_key(answer.error()) ? StoreState::missing : StoreState::unreachable;
    case Kind::condition_failed:
    case Kind::not_active:
    case Kind::unavailable:
    case Kind::deadline_exceeded:
    case Kind::not_the_service:
    case Kind::item_too_large:
      co_return StoreState::unreachable;
  }
  std::unreachable();
}

}  // namespace picus
