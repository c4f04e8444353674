#include "aws/codedeploy_client.h"

#include <boost/json.hpp>
#include <utility>

namespace picus::aws {

namespace {

Caller::Options caller_options(CodeDeployClient::Options options) {
  return {.endpoint = std::move(options.endpoint),
          .region = std::move(options.region),
          .attempt_timeout = std::chrono::seconds(3),
          .max_attempts = 1000,  // as many as there is time for
          // Nobody else is kept waiting, and the time may be short.
          .max_delay = std::chrono::seconds(5),
          .persistent = true,
          .tracer = options.tracer,
          .seed = options.seed};
}

std::string body_of(const HookStatus& status) {
  return serialize(boost::json::value{{"deploymentId", status.deployment_id},
                                      {"lifecycleEventHookExecutionId", status.execution_id},
                                      {"status", status.succeeded ? "Succeeded" : "Failed"}});
}

}  // namespace

CodeDeployClient::CodeDeployClient(net::HttpPool& pool, CredentialsSource& credentials,
                                   Options options, Log& log)
    : caller_(kCodeDeploy, pool, &credentials, caller_options(std::move(options)), &log) {}

asio::awaitable<std::expected<void, std::string>> CodeDeployClient::report(
    HookStatus status, std::chrono::steady_clock::time_point deadline, TraceContext trace) {
  const auto answer = co_await caller_.call("PutLifecycleEventHookExecutionStatus", body_of(status),
                                            deadline, std::move(trace));
  if (answer) co_return std::expected<void, std::string>();
  const CallError& error = answer.error();
  // An attempt of ours was heard, though its response was lost.
  const bool is_done = error.code == "LifecycleEventAlreadyCompletedException";
  if (is_done && error.uncertain) co_return std::expected<void, std::string>();
  co_return std::unexpected(error.text());
}

}  // namespace picus::aws
