#include <algorithm>
#include <chrono>
#include <utility>

#include "store/dynamodb_state.h"
#include "store/dynamodb_store.h"

// The table as a whole: whether it can be used.
namespace picus {
namespace {

/// Whether there is such an item makes no difference.
constexpr std::string_view kProbeKey = "picus:probe";
/// Health checks of load balancers wait for some seconds.
constexpr std::chrono::milliseconds kProbePatience{1500};

/// Ends the probe on every way out, and tells the log where it changed something.
class Probe {
 public:
  Probe(Readiness& readiness, Log& log) : readiness_(readiness), log_(log) {}
  ~Probe() {
    if (!readiness_.end_probe(succeeded_)) return;
    if (succeeded_) {
      log_.write(Level::info, "store ready again", {});
    } else {
      log_.write(Level::error, "store not ready", {});
    }
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  void succeeded() { succeeded_ = true; }

 private:
  Readiness& readiness_;
  Log& log_;
  bool succeeded_ = false;
};

// A write that never happens is refused only after DynamoDB has looked at the rights, the table and
// the key.
Key probe_key() { return Key::parse(std::string(kProbeKey), ErrorCode::internal).value(); }

Error unusable(const aws::CallError& error, const DynamoDbStore::Options& options) {
  if (error.kind == aws::CallError::Kind::not_the_service) {
    return Error(ErrorCode::store_unavailable, error.message);
  }
  Error usual = dynamodb_error(error);
  std::string message = advice_on(trouble_of(error), options.table, options.key_attribute);
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

asio::awaitable<Result<void>> DynamoDbStore::check_table(Context context) {
  const auto answer = co_await state_->probe(std::move(context));
  if (answer) co_return Result<void>();
  co_return std::unexpected(unusable(answer.error(), state_->options));
}

asio::awaitable<Result<void>> DynamoDbStore::ready(Context context) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= context.deadline) {
    co_return failure(ErrorCode::deadline_exceeded, "The request could not begin in time.");
  }
  if (state_->readiness.begin_probe(now)) {
    Probe probe(state_->readiness, state_->log);
    context.deadline = std::min(context.deadline, now + kProbePatience);
    const auto answer = co_await state_->probe(context);
    if (answer || answer.error().kind == aws::CallError::Kind::throttled) probe.succeeded();
  }
  if (state_->readiness.ready()) co_return Result<void>();
  co_return failure(ErrorCode::store_unavailable, "The store cannot be reached.");
}

}  // namespace picus
