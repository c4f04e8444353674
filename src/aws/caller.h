#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aws/call_error.h"
#include "aws/call_metrics.h"
#include "aws/credentials/credentials.h"
#include "aws/retry.h"
#include "aws/service.h"
#include "core/trace.h"

namespace picus {
class Log;
namespace telemetry {
class Tracer;
}
}  // namespace picus

namespace picus::aws {

struct CallAnswer {
  std::string body;        ///< JSON
  bool uncertain = false;  ///< as in CallError: an earlier attempt may have taken effect too
};

/// Calls a service of AWS: one POST for each attempt, over keep-alive connections, with the
/// standard retries of the SDKs. aws/error_codes.h has the failures that are retried, aws/retry.h
/// the delays. Thread-safe.
class Caller {
 public:
  struct Options {
    std::string endpoint;  ///< `https://dynamodb.eu-west-1.amazonaws.com`, `http://127.0.0.1:8000`
    std::string path = "/";
    std::string region;
    std::chrono::milliseconds attempt_timeout{1000};
    unsigned max_attempts = kMaxAttempts;
    std::chrono::milliseconds first_delay = kTransientRetry.first_delay;
    std::chrono::milliseconds max_delay = kMaxRetryDelay;  ///< the most before a retry
    /// No limits that the calls share (a retry budget and a circuit breaker), retries even while
    /// there are no credentials, and a log line for each failed attempt.
    bool persistent = false;
    /// Takes the spans of attempts for requests that are recorded; nullptr: none. Outlives the
    /// Caller.
    telemetry::Tracer* tracer = nullptr;
    CallMetrics metrics = {};  ///< counts calls and attempts
    // For tests: the clock for signatures, and the source of jitter.
    std::function<std::chrono::system_clock::time_point()> now = {};
    std::optional<std::uint64_t> seed = {};
  };

  /// All of them outlive it. `credentials`: null: the calls are not signed. `log`: null: failures
  /// are not logged. Opens no connection.
  Caller(const Service& service, net::HttpPool& pool, CredentialsSource* credentials,
         Options options, Log* log);
  ~Caller();

  /// The retry budget of a call: calls of a bulk operation must not use up that of requests for one
  /// item.
  enum class Share : std::uint8_t { single, bulk };

  /// `operation`: `GetItem`. `body`: its parameters, as in ServiceEndpoint::request(). `trace`:
  /// forwarded as X-Amzn-Trace-Id.
  asio::awaitable<std::expected<CallAnswer, CallError>> call(
      std::string operation, std::string body, std::chrono::steady_clock::time_point deadline,
      TraceContext trace = {}, Share share = Share::single);

  /// `eu-west-1 at https://dynamodb.eu-west-1.amazonaws.com`.
  [[nodiscard]] std::string place() const;

  /// Whether attempts are delayed because recent connections failed.
  [[nodiscard]] bool is_held_back() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picus::aws
