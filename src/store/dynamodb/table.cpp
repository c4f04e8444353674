#include <utility>

#include "store/dynamodb/state.h"
#include "store/dynamodb/store.h"

// The table as a whole: whether it can be used.
namespace picus {
namespace {

/// Whether there is such an item makes no difference.
constexpr std::string_view kProbeKey = "picus:probe";

// A write that never happens is refused only after DynamoDB has looked at the rights, the table and
// the key.
Key probe_key() { return Key::parse(std::string(kProbeKey), ErrorCode::internal).value(); }

Error unusable(const aws::CallError& error, Trouble trouble,
               const DynamoDbStore::Options& options) {
  if (error.kind == aws::CallError::Kind::not_the_service) {
    return Error(ErrorCode::store_unavailable, error.message);
  }
  Error usual = dynamodb_error(error);
  std::string message = advice_on(trouble, options.table, options.key_attribute);
  if (message.empty()) message = "The table \"" + options.table + "\" cannot be reached.";
  return Error(ErrorCode::store_unavailable, std::move(message), usual.detail());
}

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
  auto answer = co_await call(std::move(operation), std::move(body), std::move(context));
  if (!answer && answer.error().kind == aws::CallError::Kind::condition_failed) {
    co_return aws::CallAnswer{.body = {}};
  }
  co_return answer;
}

asio::awaitable<Trouble> DynamoDbStore::State::trouble(const aws::CallError* error,
                                                       Context context) {
  const Trouble found = trouble_of(*error);
  if (found != Trouble::no_table) co_return found;
  const auto table = co_await call("DescribeTable", requests.describe_table(), std::move(context));
  co_return table ? Trouble::not_active : found;
}

asio::awaitable<Result<void>> DynamoDbStore::check_table(Context context) {
  const auto answer = co_await state_->probe(context);
  if (answer) co_return Result<void>();
  const Trouble trouble = co_await state_->trouble(&answer.error(), context);
  co_return std::unexpected(unusable(answer.error(), trouble, state_->options));
}

asio::awaitable<StoreState> DynamoDbStore::ask(Context context) {
  const auto answer = co_await state_->probe(context);
  if (answer) co_return StoreState::ok;
  if (answer.error().kind == aws::CallError::Kind::throttled) co_return StoreState::throttled;
  switch (co_await state_->trouble(&answer.error(), context)) {
    case Trouble::no_table:
    case Trouble::wrong_key:
      co_return StoreState::missing;
    case Trouble::access_denied:
    case Trouble::key_refused:
    case Trouble::bad_credentials:
      co_return StoreState::denied;
    case Trouble::not_active:
    case Trouble::none:
      co_return StoreState::unreachable;
  }
  std::unreachable();
}

}  // namespace picus
