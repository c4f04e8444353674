#include "aws/codedeploy_client.h"

#include <algorithm>
#include <boost/json.hpp>
#include <random>
#include <utility>

#include "aws/attempt.h"
#include "aws/json_service.h"
#include "aws/quick_random.h"
#include "aws/retry.h"
#include "aws/server_clock.h"
#include "core/log.h"
#include "core/pause.h"

namespace picus::aws {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr JsonProtocol kCodeDeploy{.name = "CodeDeploy",
                                   .service = "codedeploy",
                                   .content_type = "application/x-amz-json-1.1",
                                   .target_prefix = "CodeDeploy_20141006."};
constexpr std::string_view kOperation = "PutLifecycleEventHookExecutionStatus";
/// Nobody else is kept waiting, and the time may be short.
constexpr milliseconds kMaxRetryPause{5000};

/// One report, over all its attempts.
struct Report {
  std::string body;
  Clock::time_point deadline;
  std::int64_t attempts = 0;
  unsigned retries = 0;    // after a delay
  bool uncertain = false;  // an attempt may have been heard whose answer was lost
  bool clock_fixed = false;
  bool credentials_renewed = false;
  std::shared_ptr<const Credentials> used_credentials;
};

std::string body_of(const HookStatus& status) {
  return serialize(boost::json::value{{"deploymentId", status.deployment_id},
                                      {"lifecycleEventHookExecutionId", status.execution_id},
                                      {"status", status.succeeded ? "Succeeded" : "Failed"}});
}

FailedAttempt without_credentials(const Error& error) {
  return {.error = {.kind = CallError::Kind::unavailable,
                    .code = {},
                    .message = error.detail().empty() ? error.message() : error.detail()},
          .remedy = Remedy::wait};
}

}  // namespace

struct CodeDeployClient::State {
  State(net::HttpPool& used_pool, CredentialsSource& used_credentials, Options used_options,
        Log& used_log)
      : pool(used_pool),
        credentials(used_credentials),
        log(used_log),
        attempt_timeout(used_options.attempt_timeout),
        service(kCodeDeploy, used_options.endpoint, used_options.region),
        clock(used_options.now),
        random(used_options.seed ? *used_options.seed : std::random_device()()) {}

  asio::awaitable<std::expected<std::string, FailedAttempt>> attempt(Report* report);
  std::optional<milliseconds> delay_before_next(Report& report, const FailedAttempt& failed);
  std::optional<milliseconds> delay_for(Report& report, const FailedAttempt& failed,
                                        const RetryKind& kind);
  void warn(const Report& report, const FailedAttempt& failed);

  net::HttpPool& pool;
  CredentialsSource& credentials;
  Log& log;
  milliseconds attempt_timeout;
  JsonService service;
  ServerClock clock;
  QuickRandom random;
};

asio::awaitable<std::expected<std::string, FailedAttempt>> CodeDeployClient::State::attempt(
    Report* report) {
  ++report->attempts;
  auto used = co_await credentials.get(report->deadline);
  if (!used) co_return std::unexpected(without_credentials(used.error()));
  report->used_credentials = std::move(*used);
  const auto deadline = std::min(report->deadline, Clock::now() + attempt_timeout);
  net::PooledRequest request =
      service.request(kOperation, report->body, *report->used_credentials, clock.now());
  auto response = co_await pool.send(std::move(request), deadline);
  if (!response) co_return std::unexpected(read_failure(std::move(response.error())));
  co_return read_response(service.asked(kOperation), std::move(*response));
}

std::optional<milliseconds> CodeDeployClient::State::delay_for(Report& report,
                                                               const FailedAttempt& failed,
                                                               const RetryKind& kind) {
  const auto delay =
      std::min(retry_delay(kind.first_delay, report.retries++, random.fraction(), failed.hint),
               kMaxRetryPause);
  return Clock::now() + delay < report.deadline ? std::optional(delay) : std::nullopt;
}

/// Nothing: this was the last attempt.
std::optional<milliseconds> CodeDeployClient::State::delay_before_next(
    Report& report, const FailedAttempt& failed) {
  switch (failed.remedy) {
    case Remedy::none:
      return std::nullopt;
    case Remedy::wait:
      return delay_for(report, failed, kTransientRetry);
    case Remedy::slow_down:
      return delay_for(report, failed, kThrottledRetry);
    case Remedy::fix_clock:
    case Remedy::doubt_clock:
      if (std::exchange(report.clock_fixed, true)) return std::nullopt;
      if (!clock.correct(failed.date, failed.remedy == Remedy::doubt_clock ? ServerClock::kMinutes
                                                                           : ServerClock::kAny)) {
        return std::nullopt;
      }
      return milliseconds(0);
    case Remedy::renew_credentials:
      credentials.invalidate(*report.used_credentials);
      if (std::exchange(report.credentials_renewed, true)) return std::nullopt;
      return milliseconds(0);
  }
  std::unreachable();
}

void CodeDeployClient::State::warn(const Report& report, const FailedAttempt& failed) {
  log.write(Level::warning, "codedeploy-call-failed",
            {{"operation", kOperation},
             {"code", failed.error.code},
             {"detail", failed.error.message},
             {"advice", failed.error.advice},
             {"service_request_id", failed.request_id},
             {"attempts", report.attempts}});
}

CodeDeployClient::CodeDeployClient(net::HttpPool& pool, CredentialsSource& credentials,
                                   Options options, Log& log)
    : state_(std::make_unique<State>(pool, credentials, std::move(options), log)) {}

CodeDeployClient::~CodeDeployClient() = default;

asio::awaitable<std::expected<void, std::string>> CodeDeployClient::report(
    HookStatus status, Clock::time_point deadline) {
  State& state = *state_;
  Report report{.body = body_of(status), .deadline = deadline, .used_credentials = {}};
  for (;;) {
    const auto answer = co_await state.attempt(&report);
    if (answer) co_return std::expected<void, std::string>();
    const FailedAttempt& failed = answer.error();
    // An attempt of ours was heard, though its answer was lost.
    const bool is_done = failed.error.code == "LifecycleEventAlreadyCompletedException";
    if (is_done && report.uncertain) co_return std::expected<void, std::string>();
    report.uncertain = report.uncertain || failed.error.uncertain;
    state.warn(report, failed);
    const auto delay = state.delay_before_next(report, failed);
    if (!delay) co_return std::unexpected(failed.error.text());
    co_await pause(*delay);
  }
}

}  // namespace picus::aws
