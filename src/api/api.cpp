#include "api/api.h"

#include <algorithm>
#include <ctime>
#include <span>
#include <utility>

#include "api/access.h"
#include "api/conditions.h"
#include "api/cors.h"
#include "api/hint.h"
#include "api/item_response.h"
#include "api/origin.h"
#include "api/problem.h"
#include "api/target.h"
#include "api/trace_headers.h"
#include "auth/verifier.h"
#include "telemetry/tracer.h"

namespace picus {
namespace {

/// So much of a path that is not there stands in the log.
constexpr std::size_t kMaxLoggedPath = 64;

asio::awaitable<Result<Response>> at_once(Result<Response> answer) { co_return answer; }

Response options_response(std::string allow) {
  Response response;
  response.status = 204;
  response.without_body = true;
  response.set("Allow", std::move(allow));
  return response;
}

Response metrics_response(std::string text) {
  Response response;
  response.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");  // of Prometheus
  response.set("Cache-Control", "no-store");
  response.body = std::move(text);
  return response;
}

/// `meant`: the request that the client probably meant; empty: nobody knows.
Error with_hint(ErrorCode code, std::string fault, const std::string& meant, const Router& router) {
  if (!meant.empty()) fault += ": " + meant + " was probably meant";
  const bool is_described = router.pattern_of("/openapi.json").has_value();
  return Error(code, fault + (is_described ? "; the API is described at /openapi.json." : "."));
}

/// The response to a request that has no route.
Response unrouted_response(Method method, std::string_view path, const Router& router,
                           std::string_view id) {
  if (!router.pattern_of(path)) {
    return problem_response(with_hint(ErrorCode::not_found, "This path does not exist",
                                      probable_request(method, path, router), router),
                            id);
  }
  std::string allow = router.allow(path);
  if (method == Method::options) return options_response(std::move(allow));
  Response response =
      problem_response(with_hint(ErrorCode::method_not_allowed, "This path supports " + allow,
                                 probable_request(method, path, router), router),
                       id);
  response.set("Allow", std::move(allow));
  return response;
}

struct Admission {
  auth::Credentials credentials;
  auth::Scope needed;
  std::chrono::sys_seconds now;
};

Admission admission_of(const Request& request, const Target& target, auth::Scope needed) {
  return {.credentials = credentials_of(request, target),
          .needed = needed,
          .now = std::chrono::sys_seconds(std::chrono::seconds(std::time(nullptr)))};
}

/// The decision of IAM, or that on a token which this thread has verified before. Nothing: the
/// token must be verified.
std::optional<auth::Verdict> known_verdict(auth::Verifier& verifier, const Request& request,
                                           const Admission& admission) {
  if (request.iam_caller.empty()) {
    return verifier.recall(admission.credentials, admission.needed, admission.now);
  }
  auth::Verdict verdict;
  verdict.principal = std::make_shared<const auth::Principal>(
      auth::Principal::of_issuer("iam", request.iam_caller, {admission.needed}));
  return verdict;
}

asio::awaitable<auth::Verdict> verify(const ApiOptions* options, const Request* request,
                                      const Admission* admission) {
  const auto begun = std::chrono::steady_clock::now();
  auth::Verdict verdict =
      co_await options->verifier->admit(admission->credentials, admission->needed, admission->now);
  if (request->trace.is_recorded() && !verdict.cached) {
    options->tracer->record(auth_span(request->trace, verdict, begun));
  }
  co_return verdict;
}

}  // namespace

Api::Api(Store& store, IdSource& ids, const Lifecycle& lifecycle, ApiOptions options)
    : ids_(ids),
      lifecycle_(lifecycle),
      options_(std::move(options)),
      counts_capacity_(store.identity().counts_capacity),
      router_(options_.operations, options_.metrics ? Purpose::admin : Purpose::clients,
              !options_.web_files.empty()),
      operations_(store, ids, options_.deadline, options_.limits),
      openapi_etag_(Etag::of(options_.openapi_json)) {}

TraceContext Api::trace(std::span<const HeaderView> headers,
                        std::chrono::steady_clock::time_point begun, std::string_view front) const {
  TraceContext context = traced(headers, begun, front);
  if (counts_capacity_ && !context.shared) {
    context.shared = std::make_shared<SharedRequest>();
  }
  return context;
}

TraceContext Api::traced(std::span<const HeaderView> headers,
                         std::chrono::steady_clock::time_point begun,
                         std::string_view front) const {
  const telemetry::Tracer* const tracer = options_.tracer;
  if (tracer == nullptr) return incoming_trace(headers, front).context;
  // OpenTelemetry's propagator `xray-lambda`.
  const bool front_counts = tracer->to_xray() && is_sampled(front);
  IncomingTrace incoming = incoming_trace(headers, front_counts ? front : std::string_view());
  TraceContext context = tracer->begin(std::move(incoming.context), begun);
  if (context.is_recorded() && incoming.has_state) context.shared->state = trace_state(headers);
  return context;
}

asio::awaitable<Response> Api::handle(Request request) {
  std::string id = request_id(request.header(kRequestIdHeader).value_or(""));
  // A web page that a name leads here has no token.
  request.trusted_host = request.trusted_host || options_.verifier != nullptr;
  std::string plain_target;
  if (request.target.contains('%')) {
    plain_target = without_needless_escapes(request.target);
    request.target = plain_target;
  }
  const Target target = Target::split(request.target);
  const std::string_view path = target.path;
  const Router::Match match = router_.find(request.method, path);
  auth::Verdict verdict;
  Response response;
  if (auto allowed = check_origin(request, options_.allow_hosts, options_.cors_origins); !allowed) {
    response = problem_response(std::move(allowed.error()), id);
  } else if (is_preflight(request, options_.cors_origins)) {
    // On every path: the page is to read the 404.
    response = options_response(router_.allow(path));
    allow_requests(response);
  } else if (match.route == nullptr) {
    response = unrouted_response(request.method, path, router_, id);
  } else {
    const auto needed = match.route->scope;
    if (needed && options_.verifier != nullptr) {
      const Admission admission = admission_of(request, target, *needed);
      auto known = known_verdict(*options_.verifier, request, admission);
      verdict = known ? std::move(*known) : co_await verify(&options_, &request, &admission);
      options_.verifier->count(verdict);
    }
    request.principal = verdict.principal.get();
    if (verdict.refusal) {
      response = refusal_response(*verdict.refusal, *needed, id);
    } else {
      auto answer = co_await serve(request, match);
      response = answer ? std::move(*answer) : problem_response(std::move(answer.error()), id);
    }
  }
  response.principal = std::move(verdict.principal);
  if (match.route != nullptr) {
    response.route = match.route->pattern;
  } else if (const auto pattern = router_.pattern_of(path)) {
    response.route = *pattern;
  } else {
    response.unmatched_path = loggable_path(path, kMaxLoggedPath);
  }
  response.trace = std::move(request.trace);
  finish(response, std::move(id), request.headers);
  response.without_body = response.without_body || request.method == Method::head;
  co_return response;
}

Response Api::problem(Error error, std::string_view client_request_id,
                      std::span<const HeaderView> headers) {
  std::string id = request_id(client_request_id);
  Response response = problem_response(std::move(error), id);
  response.close = true;
  finish(response, std::move(id), headers);
  return response;
}

asio::awaitable<Result<Response>> Api::serve(Request request, Router::Match match) {
  if (match.route->is_on_items()) {
    auto checked = Target::split(request.target).expect_only(match.route->parameters());
    if (!checked) return at_once(std::unexpected(std::move(checked.error())));
    if (request.overloaded) {
      return at_once(failure(ErrorCode::overloaded,
                             "The server has reached its limit of connections; retry later."));
    }
  }
  switch (match.route->operation) {
    case Operation::put:
      return operations_.put(request);
    case Operation::get:
      return operations_.get(request, match.segment);
    case Operation::list:
      return operations_.list(request);
    case Operation::remove:
      return operations_.remove(request, match.segment);
    case Operation::root:
      return at_once(root(request));
    case Operation::livez:
      return at_once(json_response(R"({"status":"alive"})"));
    case Operation::readyz:
      return readiness(request);
    case Operation::store_state:
      return operations_.store_state(request);
    case Operation::openapi:
      return at_once(description(request));
    case Operation::metrics:
      return at_once(metrics_response(options_.metrics()));
    case Operation::web_file:
      return at_once(
          web_file_response(request, options_.web_files, Target::split(request.target).path));
  }
  std::unreachable();
}

asio::awaitable<Result<Response>> Api::readiness(Request request) {
  if (lifecycle_.draining()) {
    co_return failure(ErrorCode::draining, "The server is shutting down; use another one.");
  }
  co_return co_await operations_.ready(request);
}

Result<Response> Api::root(const Request& request) const {
  const bool has_console = !options_.web_files.empty();
  auto response = has_console && prefers_html(request)
                      ? web_file_response(request, options_.web_files, "/")
                      : json_response(R"({"status":"healthy","version":")" +
                                      std::string(options_.version) + "\"}");
  if (response && has_console) response->vary("Accept");
  return response;
}

Result<Response> Api::description(const Request& request) const {
  const auto unmodified = is_unmodified(request, openapi_etag_);
  if (!unmodified) return std::unexpected(unmodified.error());
  Response response;
  response.set("Content-Type", "application/json");
  response.set("Cache-Control", "no-cache");
  response.set("ETag", '"' + std::string(openapi_etag_.text()) + '"');
  response.body = std::string(options_.openapi_json);
  if (*unmodified) {
    response.status = 304;
    response.without_body = true;
  }
  return response;
}

std::string Api::request_id(std::string_view client_request_id) const {
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7F'; };
  const bool usable = !client_request_id.empty() &&
                      client_request_id.size() <= kMaxRequestIdBytes &&
                      std::ranges::all_of(client_request_id, is_visible);
  return usable ? std::string(client_request_id) : ids_.uuid7();
}

void Api::finish(Response& response, std::string id, std::span<const HeaderView> headers) const {
  response.set(kRequestIdHeader, std::move(id));
  response.set("X-Content-Type-Options", "nosniff");
  allow_reading(response, headers, options_.cors_origins);
  response.close = response.close || lifecycle_.draining();
}

}  // namespace picus
