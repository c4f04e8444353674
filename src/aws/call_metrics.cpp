#include "aws/call_metrics.h"

#include <algorithm>
#include <array>
#include <utility>

namespace picus::aws {
namespace {

using Kind = CallError::Kind;

/// The operations that Picus calls. Others are counted as the last one.
constexpr auto kOperations = std::to_array<std::string_view>(
    {"GetItem", "PutItem", "DeleteItem", "Scan", "DescribeTable", "other"});
/// Without an error, then in the order of CallError::Kind.
constexpr auto kErrors = std::to_array<std::string_view>(
    {"", "condition_failed", "throttled", "not_found", "not_active", "access_denied", "key_refused",
     "bad_credentials", "unavailable", "deadline_exceeded", "not_the_service", "item_too_large",
     "refused"});

enum class AttemptResult : std::uint8_t { ok, throttled, server, timeout, connection, refused };
constexpr auto kResults = std::to_array<std::string_view>(
    {"ok", "throttled", "server", "timeout", "connection", "refused"});

AttemptResult result_of(const CallError& error) {
  switch (error.kind) {
    case Kind::condition_failed:
      return AttemptResult::ok;
    case Kind::throttled:
      return AttemptResult::throttled;
    case Kind::deadline_exceeded:
      return AttemptResult::timeout;
    case Kind::unavailable:
      return error.status == 0 ? AttemptResult::connection : AttemptResult::server;
    case Kind::not_found:
    case Kind::not_active:
    case Kind::access_denied:
    case Kind::key_refused:
    case Kind::bad_credentials:
    case Kind::not_the_service:
    case Kind::item_too_large:
    case Kind::refused:
      break;
  }
  return AttemptResult::refused;
}

std::size_t number_of(std::string_view operation) {
  const auto* const found = std::ranges::find(kOperations, operation);
  return found == kOperations.end() ? kOperations.size() - 1
                                    : static_cast<std::size_t>(found - kOperations.begin());
}

Labels labels_of_attempt(std::size_t series) {
  return {{.name = "aws_service", .value = "dynamodb"},
          {.name = "rpc_method", .value = std::string(kOperations[series / kResults.size()])},
          {.name = "result", .value = std::string(kResults[series % kResults.size()])}};
}

Labels labels_of_call(std::size_t series, const std::string& collection) {
  return {{.name = "db_system_name", .value = "aws.dynamodb"},
          {.name = "db_operation_name", .value = std::string(kOperations[series / kErrors.size()])},
          {.name = "db_collection_name", .value = collection},
          {.name = "error_type", .value = std::string(kErrors[series % kErrors.size()])}};
}

}  // namespace

CallMetrics::CallMetrics(Registry* registry, std::string collection,
                         std::function<bool()> breaker_is_open) {
  if (registry == nullptr) return;
  durations_ =
      registry->histograms(kStoreDurations, kStoreBounds, kOperations.size() * kErrors.size(),
                           [collection = std::move(collection)](std::size_t series) {
                             return labels_of_call(series, collection);
                           });
  attempts_ = registry->counters(
      {.name = "picus_aws_attempts_total", .help = "Attempts of calls to AWS, by result."},
      kOperations.size() * kResults.size(), labels_of_attempt);
  registry->reading({.name = "picus_aws_breaker_open",
                     .help = "Whether attempts are delayed because recent connections failed.",
                     .kind = Metric::Kind::gauge},
                    [breaker_is_open = std::move(breaker_is_open)] { return breaker_is_open(); });
}

void CallMetrics::count_attempt(std::string_view operation, const CallError* error) const {
  const AttemptResult result = error == nullptr ? AttemptResult::ok : result_of(*error);
  attempts_.add(number_of(operation) * kResults.size() + static_cast<std::size_t>(result));
}

void CallMetrics::count_call(std::string_view operation, const Stopwatch& watch,
                             const CallError* error) const {
  const std::size_t kind = error == nullptr ? 0 : 1 + static_cast<std::size_t>(error->kind);
  watch.observe(number_of(operation) * kErrors.size() + kind);
}

}  // namespace picus::aws
