#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aws/credentials/credentials.h"

namespace picus {
class Log;
namespace net {
class HttpPool;
}
}  // namespace picus

namespace picus::aws {

/// How a hook of a deployment ended.
struct HookStatus {
  std::string deployment_id;  ///< `d-ABCDEF123`
  std::string execution_id;   ///< the event's `LifecycleEventHookExecutionId`; not for logs
  bool succeeded = false;
};

/// CodeDeploy's one call.
class CodeDeployClient {
 public:
  struct Options {
    std::string endpoint;  ///< `https://codedeploy.eu-west-1.amazonaws.com`
    std::string region;
    std::chrono::milliseconds attempt_timeout{3000};
    // For tests: the clock that signs, and what jitter comes from.
    std::function<std::chrono::system_clock::time_point()> now = {};
    std::optional<std::uint64_t> seed = {};
  };

  /// `pool`, `credentials` and `log` outlive it. Opens no connection.
  CodeDeployClient(net::HttpPool& pool, CredentialsSource& credentials, Options options, Log& log);
  ~CodeDeployClient();

  /// PutLifecycleEventHookExecutionStatus. What may pass (no connection, throttling, 5xx, a wrong
  /// clock, old credentials) is tried again until the deadline: a deployment waits for it for an
  /// hour. The error says why CodeDeploy does not know; it is for the operator.
  asio::awaitable<std::expected<void, std::string>> report(
      HookStatus status, std::chrono::steady_clock::time_point deadline);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picus::aws
