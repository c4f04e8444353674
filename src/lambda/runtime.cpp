#include "lambda/runtime.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>
#include <vector>

#include "core/concat.h"
#include "core/signals_blocked.h"
#include "json/text.h"

namespace picus::lambda {
namespace {

using Clock = std::chrono::steady_clock;
using net::HttpRequest;
using net::TransportError;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::string_view kInvocations = "/2018-06-01/runtime/invocation/";
constexpr auto kPatience = 10s;  // for an answer to what was posted
/// The answer has to be on its way before the time is over.
constexpr auto kMargin = 50ms;
/// No invocation has more time (Lambda quotas: 900 s).
constexpr auto kLongest = 900s;

net::HttpPool::Options pool_options() {
  net::HttpPool::Options options;
  options.max_idle = 1;
  // The process may be frozen for any time; whether the connection still stands, shows when it is
  // used.
  options.idle_timeout = std::chrono::hours(24);
  return options;
}

std::string gone(const TransportError& error) {
  return "the Runtime API cannot be reached: " + error.text();
}

std::string refused(std::string_view call, unsigned status) {
  return concat("the Runtime API returned ", call, " with ", status);
}

/// From Lambda's clock, in milliseconds since 1970, to ours.
Clock::time_point deadline_of(std::string_view text) {
  std::int64_t at = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), at);
  if (error != std::errc() || end != text.data() + text.size() || at < 0) {
    return Clock::time_point::max();
  }
  const auto now = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  const milliseconds left = milliseconds(at) - now.time_since_epoch() - kMargin;
  return Clock::now() + std::clamp<milliseconds>(left, 0ms, kLongest);
}

std::string error_report(std::string_view type, std::string_view message) {
  std::string report = R"({"errorMessage":)";
  picus::json::append_string(report, message);
  report += R"(,"errorType":)";
  picus::json::append_string(report, type);
  return report + R"(,"stackTrace":[]})";
}

std::vector<net::RequestHeader> error_headers(std::string type) {
  return {{"Lambda-Runtime-Function-Error-Type", std::move(type)}};
}

}  // namespace

Runtime::Runtime(const std::string& address, Log& log)
    : origin_("http://" + address), log_(log), pool_(pool_options()) {}

asio::awaitable<std::string> Runtime::serve(Handler handle, AfterResponse after) {
  for (;;) {
    auto invocation = co_await next();
    if (!invocation) co_return std::move(invocation.error());
    // A signal that ends the process takes effect when the response is posted; between two
    // invocations, at once.
    const SignalsBlocked until_posted;
    std::string answer;
    std::string type;  // of the error
    std::string message;
    try {
      answer = co_await handle(*invocation);
    } catch (const FailedInvocation& failed) {
      type = "Function.Failed";
      message = failed.what();
    } catch (const std::exception& bug) {
      type = "Runtime.UnhandledException";
      message = "Internal error in the function; its log has the details.";
      log_.write(Level::error, "bug", {{"what", bug.what()}});
    }
    std::string fault =
        type.empty() ? co_await respond(&*invocation, std::move(answer))
                     : co_await report_error(&*invocation, std::move(type), std::move(message));
    if (!fault.empty()) co_return fault;
    if (after) co_await after(invocation->deadline);
  }
}

asio::awaitable<bool> Runtime::fail_to_start(std::string reason) {
  const std::string type = "Runtime.InvalidConfiguration";
  const std::string report = error_report(type, reason);
  const auto sent = co_await post("/2018-06-01/runtime/init/error", report, error_headers(type));
  co_return sent.has_value();
}

asio::awaitable<std::expected<Invocation, std::string>> Runtime::next() {
  const HttpRequest request{.origin = origin_,
                            .method = "GET",
                            .target = std::string(kInvocations) + "next",
                            .headers = {},
                            .body = {},
                            .cut_body = true};
  // It may take days, most of which the process is frozen.
  constexpr auto kForever = Clock::time_point::max();
  auto taken = co_await pool_.send(request, kForever);
  if (!taken && taken.error().kind == TransportError::Kind::broken) {
    taken = co_await pool_.send(request, kForever);
  }
  if (!taken) co_return std::unexpected(gone(taken.error()));
  if (taken->status != 200) co_return std::unexpected(refused("next", taken->status));
  Invocation invocation;
  invocation.request_id = taken->header("lambda-runtime-aws-request-id");
  invocation.trace = taken->header("lambda-runtime-trace-id");
  invocation.function_arn = taken->header("lambda-runtime-invoked-function-arn");
  invocation.deadline = deadline_of(taken->header("lambda-runtime-deadline-ms"));
  invocation.is_cut = taken->is_cut;
  if (!invocation.is_cut) invocation.event = std::move(taken->body);
  if (invocation.request_id.empty()) {
    co_return std::unexpected("the Runtime API returned an invocation without a request id");
  }
  co_return std::move(invocation);
}

asio::awaitable<Runtime::Sent> Runtime::post(std::string target, std::string body,
                                             std::vector<net::RequestHeader> headers) {
  headers.push_back({"Content-Type", "application/json"});
  const HttpRequest request{.origin = origin_,
                            .method = "POST",
                            .target = std::move(target),
                            .headers = std::move(headers),
                            .body = body};
  auto sent = co_await pool_.send(request, Clock::now() + kPatience);
  const bool is_stale =
      !sent && sent.error().kind == TransportError::Kind::broken && sent.error().reused;
  // Of two answers to one invocation Lambda takes the first.
  if (is_stale) sent = co_await pool_.send(request, Clock::now() + kPatience);
  co_return std::move(sent);
}

/// What ends the serving; empty: it goes on.
asio::awaitable<std::string> Runtime::respond(const Invocation* invocation, std::string answer) {
  const std::string target = std::string(kInvocations) + invocation->request_id + "/response";
  const auto sent = co_await post(target, std::move(answer));
  if (!sent) co_return gone(sent.error());
  if (sent->status >= 500) co_return refused("response", sent->status);
  // Lambda has answered the caller by then: 413 with an error of its own, 400 with an earlier
  // answer or a timeout.
  if (sent->status >= 400) {
    log_.write(Level::error, "response-refused",
               {{"status", static_cast<std::int64_t>(sent->status)}});
  }
  co_return std::string();
}

asio::awaitable<std::string> Runtime::report_error(const Invocation* invocation, std::string type,
                                                   std::string message) {
  const std::string target = std::string(kInvocations) + invocation->request_id + "/error";
  const std::string report = error_report(type, message);
  const auto sent = co_await post(target, report, error_headers(std::move(type)));
  if (!sent) co_return gone(sent.error());
  co_return sent->status >= 500 ? refused("error", sent->status) : std::string();
}

}  // namespace picus::lambda
