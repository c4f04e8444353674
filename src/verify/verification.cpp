#include "verify/verification.h"

#include <exception>
#include <utility>

#include "verify/checks.h"
#include "verify/clean_up.h"

namespace picus::verify {
namespace {

using Clock = std::chrono::steady_clock;

std::chrono::microseconds since(Clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
}

/// A bug of the checks must not keep what they made from being deleted.
asio::awaitable<std::string> caught(asio::awaitable<std::string> work) {
  std::string fault;
  try {
    co_return co_await std::move(work);
  } catch (const std::exception& bug) {
    fault = "internal error: " + std::string(bug.what());
  }
  co_return fault;
}

void note(const Plan& plan, Result& result, Outcome outcome) {
  if (outcome.kind == Outcome::Kind::failed && result.fault.empty()) {
    result.fault = std::string(outcome.check) + ": " + outcome.fault;
  }
  if (plan.tell) plan.tell(outcome);
}

Outcome outcome_of(std::string_view check, std::string fault, Clock::time_point begun) {
  const auto kind = fault.empty() ? Outcome::Kind::ok : Outcome::Kind::failed;
  return {.check = check, .kind = kind, .fault = std::move(fault), .duration = since(begun)};
}

}  // namespace

asio::awaitable<Result> verify(net::HttpPool* pool, Plan plan) {
  const std::string run = "picus-verify-" + plan.token;
  CreatedItems created;
  Server server(*pool, created,
                {.origin = plan.origin,
                 .run = run,
                 .proof = plan.proof,
                 .timeout = plan.request_timeout,
                 .stops = plan.stops,
                 .traceparent = plan.traceparent});
  Checks checks(server, created, {.run = run, .version = plan.version, .patience = plan.patience});
  server.set_deadline(plan.checks_end);
  Result result;
  for (const Checks::Check& check : Checks::all()) {
    if (!result.ok()) {
      note(plan, result, {.check = check.name});
      continue;
    }
    const auto begun = Clock::now();
    std::string fault = co_await caught((checks.*check.run)());
    note(plan, result, outcome_of(check.name, std::move(fault), begun));
  }
  result.version = checks.version();
  server.set_deadline(plan.clean_up_end);
  const auto begun = Clock::now();
  std::string fault = co_await caught(clean_up(&server, &created, run));
  note(plan, result, outcome_of("clean-up", std::move(fault), begun));
  co_return result;
}

}  // namespace picus::verify
