#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "aws/caller.h"

namespace picus::aws {

/// The result of a hook of a deployment.
struct HookStatus {
  std::string deployment_id;  ///< `d-ABCDEF123`
  std::string execution_id;   ///< the `LifecycleEventHookExecutionId` of the event; not for logs
  bool succeeded = false;
};

/// The client for the one call of CodeDeploy that Picus needs.
class CodeDeployClient {
 public:
  struct Options {
    std::string endpoint;  ///< `https://codedeploy.eu-west-1.amazonaws.com`
    std::string region;
    telemetry::Tracer* tracer = nullptr;     ///< as in Caller::Options
    std::optional<std::uint64_t> seed = {};  ///< for tests: of jitter
  };

  /// `pool`, `credentials` and `log` outlive it. Opens no connection.
  CodeDeployClient(net::HttpPool& pool, CredentialsSource& credentials, Options options, Log& log);

  /// PutLifecycleEventHookExecutionStatus. Temporary failures (no connection, throttling, 5xx, a
  /// wrong clock, old credentials) are retried until the deadline, because a deployment waits an
  /// hour for the result. `trace`: as in Caller::call(). The error is for the operator: why
  /// CodeDeploy did not get the result.
  asio::awaitable<std::expected<void, std::string>> report(
      HookStatus status, std::chrono::steady_clock::time_point deadline, TraceContext trace = {});

 private:
  Caller caller_;
};

}  // namespace picus::aws
