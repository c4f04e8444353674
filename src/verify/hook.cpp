#include "verify/hook.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "api/trace_headers.h"
#include "json/member.h"
#include "json/text.h"
#include "telemetry/span.h"
#include "telemetry/tracer.h"
#include "verify/verification.h"

namespace picus::verify {

using picus::json::text_of;

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

std::string answer_of(const std::string& fault) {
  if (fault.empty()) return R"({"status":"Succeeded"})";
  std::string text = R"({"status":"Failed","reason":)";
  picus::json::append_string(text, fault);
  return text + "}";
}

net::HttpPool::Options pool_options(const std::expected<Options, std::string>& options) {
  net::HttpPool::Options pool;
  if (options) pool.ca_bundle = options->ca_bundle;
  return pool;
}

void log_outcome(Log& log, const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::not_run) return;
  const bool failed = outcome.kind == Outcome::Kind::failed;
  log.write(failed ? Level::error : Level::info, "check",
            {{"check", outcome.check},
             {"result", failed ? "failed" : "ok"},
             {"duration_us", static_cast<std::int64_t>(outcome.duration.count())},
             {"reason", outcome.fault}});
}

}  // namespace

std::expected<aws::HookStatus, std::string> decode_hook_event(std::string_view event) {
  const auto object = picus::json::object_of(event);
  if (!object) return std::unexpected("it is not a JSON object");
  aws::HookStatus status{.deployment_id = text_of(*object, "DeploymentId"),
                         .execution_id = text_of(*object, "LifecycleEventHookExecutionId")};
  if (status.deployment_id.empty()) return std::unexpected("it has no DeploymentId");
  if (status.execution_id.empty()) {
    return std::unexpected("it has no LifecycleEventHookExecutionId");
  }
  return status;
}

HookTime share(Clock::time_point now, Clock::time_point deadline, milliseconds checks) {
  constexpr milliseconds kMost{10'000};
  const auto left = std::max<Clock::duration>(deadline - now, 0ms);
  const Clock::duration part = std::min<Clock::duration>(left / 6, kMost);
  const auto clean_up_end = deadline - part;
  return {.checks_end = std::min(now + checks, clean_up_end - part), .clean_up_end = clean_up_end};
}

Hook::Hook(std::expected<Options, std::string> options, aws::CodeDeployClient& codedeploy, Log& log,
           telemetry::Tracer* tracer)
    : options_(std::move(options)),
      pool_(pool_options(options_)),
      codedeploy_(codedeploy),
      log_(log),
      tracer_(tracer) {}

TraceContext Hook::begin_trace(const lambda::Invocation& invocation) const {
  if (tracer_ == nullptr) return {};
  const bool counts = tracer_->to_xray() && is_sampled(invocation.trace);
  return tracer_->begin(incoming_trace({}, counts ? invocation.trace : std::string()).context,
                        Clock::now());
}

void Hook::record(const TraceContext& trace, const lambda::Invocation& invocation,
                  const std::string& fault) {
  using telemetry::Span;
  if (!trace.is_recorded()) return;
  Span span(trace, {.id = trace.span, .parent = trace.parent, .remote_parent = trace.parent != 0},
            Span::Kind::server, "picus-verify");
  span.add("faas.trigger", "other");
  span.add("faas.invocation_id", invocation.request_id);
  span.add("aws.lambda.invoked_arn", invocation.function_arn);
  if (!fault.empty()) {
    span.add("error.type", fault.substr(0, fault.find(':')));
    span.fail();
  }
  tracer_->record(span.finish(trace.shared->begun, Clock::now()));
}

/// What is wrong; empty: nothing.
asio::awaitable<std::string> Hook::verified(HookTime time, TraceContext trace) {
  if (!options_) co_return "configuration: " + options_.error();
  std::string fault;
  try {
    Plan plan{.origin = options_->url,
              .version = options_->expect_version,
              .proof = options_->proof,
              .request_timeout = options_->request_timeout,
              .patience = options_->patience,
              .checks_end = time.checks_end,
              .clean_up_end = time.clean_up_end,
              .token = ids_.token(),
              .tell = [&](const Outcome& outcome) { log_outcome(log_, outcome); },
              .stops = {}};
    if (!trace.is_none()) append_traceparent(plan.traceparent, trace, trace.span);
    co_return (co_await verify(&pool_, std::move(plan))).fault;
  } catch (const std::exception& bug) {
    fault = "internal error: " + std::string(bug.what());
  }
  co_return fault;
}

asio::awaitable<std::string> Hook::answer(lambda::Invocation invocation) {
  auto status = decode_hook_event(invocation.event);
  if (!status) {
    log_.write(Level::error, "event-not-understood", {{"reason", status.error()}});
    throw lambda::FailedInvocation("The event is not from a CodeDeploy hook: " + status.error() +
                                   ".");
  }
  const auto deadline = std::min(invocation.deadline, Clock::now() + std::chrono::minutes(15));
  const milliseconds checks = options_ ? options_->timeout : milliseconds(0);
  const TraceContext trace = begin_trace(invocation);
  const std::string fault = co_await verified(share(Clock::now(), deadline, checks), trace);
  status->succeeded = fault.empty();
  log_.write(fault.empty() ? Level::info : Level::error, "verified",
             {{"deployment", status->deployment_id},
              {"result", fault.empty() ? "Succeeded" : "Failed"},
              {"reason", fault}});
  const auto reported = co_await codedeploy_.report(*status, deadline, trace);
  record(trace, invocation, fault);
  if (!reported) {
    log_.write(Level::error, "result-not-reported",
               {{"deployment", status->deployment_id}, {"detail", reported.error()}});
    throw lambda::FailedInvocation(
        "The result could not be reported to CodeDeploy; the log has the reason.");
  }
  log_.write(Level::info, "result-reported", {{"deployment", status->deployment_id}});
  co_return answer_of(fault);
}

}  // namespace picus::verify
