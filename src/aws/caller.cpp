#include "aws/caller.h"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <random>
#include <utility>

#include "aws/attempt.h"
#include "aws/attempt_span.h"
#include "aws/breaker.h"
#include "aws/quick_random.h"
#include "aws/retry.h"
#include "aws/server_clock.h"
#include "core/concat.h"
#include "core/log.h"
#include "core/pause.h"
#include "net/client/http_pool.h"
#include "telemetry/tracer.h"

namespace picus::aws {

namespace {

bool is_solved_by_time(Remedy remedy) {
  return remedy == Remedy::wait || remedy == Remedy::slow_down;
}

using Clock = std::chrono::steady_clock;
using Kind = CallError::Kind;

/// An attempt with less time than this before its deadline is not worth beginning.
constexpr std::chrono::milliseconds kLeastAttempt{25};
/// A server that does not answer in so short a time is not taken for dead.
constexpr std::chrono::milliseconds kTellingTime{100};
constexpr std::chrono::seconds kLogInterval{1};

/// One call, over all its attempts.
struct Call {
  /// After success: the budget gets back what retries took, or a gift.
  void give_back() const {
    if (budget != nullptr) budget->give(retries == 0 ? RetryBudget::kGift : last_cost);
  }

  std::string operation;
  std::string body;
  Clock::time_point deadline;
  TraceContext trace;
  std::string invocation_id;
  RetryBudget* budget = nullptr;  // none if the caller is persistent
  unsigned attempts = 0;
  unsigned retries = 0;    // after a delay
  unsigned last_cost = 0;  // of them, in tokens
  bool uncertain = false;
  bool dial_anew = false;  // the last attempt ended with its connection
  bool clock_fixed = false;
  std::shared_ptr<const Credentials> used_credentials;
  bool credentials_renewed = false;
  SpanId span = 0;  // of the attempt; 0: it is not recorded
};

std::string sent_trace(const Call& call) {
  const TraceContext& trace = call.trace;
  const SpanId own = trace.span != 0 ? trace.span : trace.parent;
  std::string text;
  append_xray(text, trace, call.span != 0 ? call.span : own);
  return text;
}

/// A UUIDv4, as the SDKs send.
std::string make_invocation_id(QuickRandom& random) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id = "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx";
  std::uint64_t bits = 0;
  unsigned left = 0;
  for (char& c : id) {
    if (c != 'x') continue;
    if (left == 0) bits = random.next();
    left = left == 0 ? 15 : left - 1;
    c = kDigits[bits & 15U];
    bits >>= 4U;
  }
  return id;
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

/// A failure without an attempt.
std::unexpected<FailedAttempt> fail(Kind kind, std::string message, Remedy remedy = Remedy::none) {
  return std::unexpected(FailedAttempt{
      .error = {.kind = kind, .code = {}, .message = std::move(message)}, .remedy = remedy});
}

}  // namespace

struct Caller::State {
  State(const Service& service, net::HttpPool& used_pool, CredentialsSource* used_credentials,
        Options used_options, Log* used_log)
      : pool(used_pool),
        credentials(used_credentials),
        options(std::move(used_options)),
        log(used_log),
        endpoint(service, options.endpoint, options.path, options.region),
        clock(options.now),
        random(options.seed ? *options.seed : random_seed()) {}

  net::HttpRequest make_request(const Call& call);
  asio::awaitable<std::expected<std::string, FailedAttempt>> attempt(Call* call);
  std::expected<std::string, FailedAttempt> take(
      Call& call, std::expected<net::HttpResponse, net::TransportError> response,
      Clock::duration given);
  std::optional<std::chrono::milliseconds> delay_before_next(Call& call,
                                                             const FailedAttempt& failed);
  std::optional<std::chrono::milliseconds> delay_for(Call& call, const FailedAttempt& failed,
                                                     const RetryKind& kind);
  void report(const Call& call, const FailedAttempt& failed);
  void record(const Call& call, Clock::time_point begin, std::string_view request_id,
              const std::expected<std::string, FailedAttempt>& outcome);

  net::HttpPool& pool;
  CredentialsSource* credentials;
  Options options;
  Log* log;
  ServiceEndpoint endpoint;
  ServerClock clock;
  QuickRandom random;
  RetryBudget budget;
  RetryBudget bulk_budget;
  Breaker breaker;
  std::atomic<Clock::time_point> next_report = Clock::time_point{};
  std::atomic<std::int64_t> unreported = 0;
};

net::HttpRequest Caller::State::make_request(const Call& call) {
  net::HttpRequest request =
      endpoint.request(call.operation, call.body, call.used_credentials.get(), clock.now());
  request.dial_anew = call.dial_anew || breaker.is_open();
  request.headers.push_back({"amz-sdk-invocation-id", call.invocation_id});
  request.headers.push_back(
      {"amz-sdk-request", concat("attempt=", call.attempts, "; max=", options.max_attempts)});
  // Not signed, as the SDKs do not: what it passes through may change it.
  if (!call.trace.is_none()) request.headers.push_back({"X-Amzn-Trace-Id", sent_trace(call)});
  return request;
}

asio::awaitable<std::expected<std::string, FailedAttempt>> Caller::State::attempt(Call* call) {
  const auto now = Clock::now();
  if (now >= call->deadline) {
    auto late = fail(Kind::deadline_exceeded, "no time left");
    late.error().had_no_time = true;
    co_return late;
  }
  if (!breaker.admits(now)) {
    co_return fail(Kind::unavailable, "recent connections failed: the next attempt is delayed");
  }
  ++call->attempts;
  if (credentials != nullptr) {
    auto used = co_await credentials->get(call->deadline);
    if (!used) {
      const Error& error = used.error();
      const bool late = error.code() == ErrorCode::deadline_exceeded;
      co_return fail(late ? Kind::deadline_exceeded : Kind::unavailable,
                     error.detail().empty() ? error.message() : error.detail(),
                     options.persistent ? Remedy::wait : Remedy::none);
    }
    call->used_credentials = std::move(*used);
  }
  const auto begin = Clock::now();
  const auto deadline = std::min(call->deadline, begin + options.attempt_timeout);
  const bool is_recorded = call->trace.is_recorded() && options.tracer != nullptr;
  if (is_recorded) call->span = telemetry::new_span_id();
  auto response = co_await pool.send(make_request(*call), deadline);
  // A caller that has given up says nothing about the server.
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    co_return fail(Kind::unavailable, "cancelled");
  }
  const std::string request_id(is_recorded && response ? response->header("x-amzn-requestid") : "");
  auto outcome = take(*call, std::move(response), deadline - begin);
  if (is_recorded) record(*call, begin, request_id, outcome);
  co_return std::move(outcome);
}

void Caller::State::record(const Call& call, Clock::time_point begin, std::string_view request_id,
                           const std::expected<std::string, FailedAttempt>& outcome) {
  const AttemptRecord attempt{.service = endpoint.service().signing_name,
                              .name = endpoint.service().name,
                              .region = options.region,
                              .operation = call.operation,
                              .request = call.body,
                              .request_id = request_id,
                              .number = call.attempts,
                              .span = call.span,
                              .begin = begin};
  options.tracer->record(attempt_span(call.trace, attempt, outcome));
}

std::expected<std::string, FailedAttempt> Caller::State::take(
    Call& call, std::expected<net::HttpResponse, net::TransportError> response,
    Clock::duration given) {
  using TransportKind = net::TransportError::Kind;
  if (response) {
    breaker.succeeded();
    return read_response(endpoint.asked(call.operation), std::move(*response));
  }
  const net::TransportError& error = response.error();
  call.dial_anew = true;
  // A server may close what has been idle, and a host may have vanished whose address another one
  // has by now. That says nothing about the next connection.
  const bool was_short = error.kind == TransportKind::timeout && given < kTellingTime;
  if (!options.persistent && !error.reused && !was_short) breaker.failed(Clock::now());
  FailedAttempt failed = read_failure(error);
  failed.had_no_time = was_short && given < options.attempt_timeout;
  return std::unexpected(std::move(failed));
}

std::optional<std::chrono::milliseconds> Caller::State::delay_for(Call& call,
                                                                  const FailedAttempt& failed,
                                                                  const RetryKind& kind) {
  const auto delay =
      std::min(retry_delay(kind.first_delay, call.retries, random.fraction(), failed.hint),
               options.max_delay);
  if (Clock::now() + delay + kLeastAttempt > call.deadline) return std::nullopt;
  if (call.budget != nullptr && !call.budget->take(kind.cost)) return std::nullopt;
  ++call.retries;
  call.last_cost = kind.cost;
  return delay;
}

/// Nothing: this was the last attempt.
std::optional<std::chrono::milliseconds> Caller::State::delay_before_next(
    Call& call, const FailedAttempt& failed) {
  constexpr std::chrono::milliseconds kAtOnce{0};
  if (call.attempts >= options.max_attempts || breaker.is_open()) return std::nullopt;
  switch (failed.remedy) {
    case Remedy::none:
      return std::nullopt;
    case Remedy::wait:
      return delay_for(call, failed,
                       {.first_delay = options.first_delay, .cost = kTransientRetry.cost});
    case Remedy::slow_down:
      return delay_for(call, failed, kThrottledRetry);
    case Remedy::fix_clock:
      if (std::exchange(call.clock_fixed, true)) return std::nullopt;
      // Another call may have corrected it meanwhile: then the next attempt succeeds.
      clock.correct(failed.date, ServerClock::kAny);
      return kAtOnce;
    case Remedy::doubt_clock:
      if (std::exchange(call.clock_fixed, true)) return std::nullopt;
      if (!clock.correct(failed.date, ServerClock::kMinutes)) return std::nullopt;
      return kAtOnce;
    case Remedy::renew_credentials:
      if (credentials == nullptr) return std::nullopt;
      credentials->invalidate(*call.used_credentials);
      if (std::exchange(call.credentials_renewed, true)) return std::nullopt;
      return kAtOnce;
  }
  return std::nullopt;
}

/// A failed call in the log: all of them for those who debug, one a second for the others.
void Caller::State::report(const Call& call, const FailedAttempt& failed) {
  const CallError& error = failed.error;
  if (log == nullptr) return;
  if (error.kind == Kind::condition_failed || error.kind == Kind::item_too_large) return;
  const auto now = Clock::now();
  auto due = next_report.load(std::memory_order_relaxed);
  const bool loud = now >= due && next_report.compare_exchange_strong(due, now + kLogInterval);
  const std::int64_t others = loud ? unreported.exchange(0) : unreported.fetch_add(1);
  log->write(loud ? Level::warning : Level::debug, endpoint.service().failure_event,
             {{"operation", call.operation},
              {"code", error.code},
              {"detail", error.message},
              {"advice", error.advice},
              {"service_request_id", failed.request_id},
              {"attempts", std::int64_t{call.attempts}},
              {"not_logged", loud ? others : 0}});
}

Caller::Caller(const Service& service, net::HttpPool& pool, CredentialsSource* credentials,
               Options options, Log* log)
    : state_(std::make_unique<State>(service, pool, credentials, std::move(options), log)) {}

Caller::~Caller() = default;

std::string Caller::place() const {
  return concat(state_->options.region, " at ", state_->options.endpoint);
}

bool Caller::is_held_back() const { return state_->breaker.is_open(); }

asio::awaitable<std::expected<CallAnswer, CallError>> Caller::call(std::string operation,
                                                                   std::string body,
                                                                   Clock::time_point deadline,
                                                                   TraceContext trace,
                                                                   Share share) {
  State& state = *state_;
  Call call{.operation = std::move(operation),
            .body = std::move(body),
            .deadline = deadline,
            .trace = std::move(trace),
            .invocation_id = make_invocation_id(state.random),
            .used_credentials = {}};
  if (!state.options.persistent) {
    call.budget = share == Share::bulk ? &state.bulk_budget : &state.budget;
  }
  const Stopwatch watch = state.options.metrics.begin();
  std::optional<FailedAttempt> earlier;
  while (true) {
    const unsigned attempts_before = call.attempts;
    auto answer = co_await state.attempt(&call);
    if (call.attempts > attempts_before) {
      state.options.metrics.count_attempt(call.operation, answer ? nullptr : &answer.error().error);
    }
    if (answer) {
      state.options.metrics.count_call(call.operation, watch, nullptr);
      call.give_back();
      co_return CallAnswer{.body = std::move(*answer), .uncertain = call.uncertain};
    }
    FailedAttempt& failed = answer.error();
    call.uncertain = call.uncertain || failed.error.uncertain;
    // The caller learns why it had to wait, and not that the last attempt came too late.
    if (failed.had_no_time && earlier && is_solved_by_time(earlier->remedy)) {
      failed = std::move(*earlier);
    }
    const auto delay = state.delay_before_next(call, failed);
    if (!delay || state.options.persistent) state.report(call, failed);
    if (!delay) {
      state.options.metrics.count_call(call.operation, watch, &failed.error);
      failed.error.uncertain = call.uncertain;
      co_return std::unexpected(std::move(failed.error));
    }
    earlier = std::move(failed);
    co_await pause(*delay);
  }
}

}  // namespace picus::aws
