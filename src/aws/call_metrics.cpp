#include "aws/call_metrics.h"

#include <algorithm>
#include <array>
#include <utility>

namespace picus::aws {
namespace {

using Kind = CallError::Kind;

// The operations that Picus calls. Others of the service are counted as the last one.
constexpr auto kDynamoDbOperations = std::to_array<std::string_view>(
    {"GetItem", "PutItem", "DeleteItem", "Scan", "DescribeTable", "other"});
constexpr auto kStsOperations =
    std::to_array<std::string_view>({"AssumeRoleWithWebIdentity", "other"});
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

std::span<const std::string_view> operations_of(const Service& service) {
  if (service.signing_name == kSts.signing_name) return kStsOperations;
  return kDynamoDbOperations;
}

Labels labels_of_attempt(std::string_view service, std::string_view operation, std::size_t result) {
  return {{.name = "aws_service", .value = std::string(service)},
          {.name = "rpc_method", .value = std::string(operation)},
          {.name = "result", .value = std::string(kResults[result])}};
}

Labels labels_of_call(std::size_t series, const std::string& collection) {
  const std::string_view operation = kDynamoDbOperations[series / kErrors.size()];
  return {{.name = "db_system_name", .value = "aws.dynamodb"},
          {.name = "db_operation_name", .value = std::string(operation)},
          {.name = "db_collection_name", .value = collection},
          {.name = "error_type", .value = std::string(kErrors[series % kErrors.size()])}};
}

}  // namespace

CallMetrics::CallMetrics(Registry* registry, const Service& service)
    : operations_(operations_of(service)) {
  if (registry == nullptr) return;
  attempts_ = registry->counters(
      {.name = "picus_aws_attempts_total", .help = "Attempts of calls to AWS, by result."},
      operations_.size() * kResults.size(),
      [service = service.signing_name, operations = operations_](std::size_t series) {
        return labels_of_attempt(service, operations[series / kResults.size()],
                                 series % kResults.size());
      });
}

CallMetrics CallMetrics::of_table(Registry* registry, std::string table) {
  CallMetrics metrics(registry, kDynamoDb);
  if (registry == nullptr) return metrics;
  metrics.durations_ = registry->histograms(
      kStoreDurations, kStoreBounds, kDynamoDbOperations.size() * kErrors.size(),
      [table = std::move(table)](std::size_t series) { return labels_of_call(series, table); });
  return metrics;
}

std::size_t CallMetrics::number_of(std::string_view operation) const {
  const auto found = std::ranges::find(operations_, operation);
  const auto number = static_cast<std::size_t>(found - operations_.begin());
  return std::min(number, operations_.size() - 1);
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
