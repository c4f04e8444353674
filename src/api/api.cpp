#include "api/api.h"

#include <algorithm>
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
#include "telemetry/line.h"
#include "telemetry/tracer.h"

namespace picus {
namespace {

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

/// Boost.Asio reuses the memory of coroutines that need at most 1020 bytes: what has large
/// temporaries is done in functions. tests/dist/test_frames.py measures it.
asio::awaitable<Response> Api::handle(Request request) {
  std::string id = request_id(request.header(kRequestIdHeader).value_or(""));
  // A web page that a name leads here has no token.
  request.trusted_host = request.trusted_host || options_.verifier != nullptr;
  std::string plain_target;
  if (request.target.contains('%')) {
    plain_target = without_needless_escapes(request.target);
    request.target = plain_target;
  }
  const std::string_view path = Target::split(request.target).path;
  const Router::Match match = router_.find(request.method, path);
  if (auto answer = unserved(request, match, id)) {
    complete(*answer, request, match, std::move(id));
    co_return std::move(**answer);
  }
  const bool needs_token = match.route->scope && options_.verifier != nullptr;
  auth::Verdict verdict{.principal = needs_token ? known_sender(*options_.verifier, request,
                                                                request.target.substr(path.size()),
                                                                *match.route->scope)
                                                 : nullptr};
  if (needs_token && verdict.principal == nullptr) {
    verdict = co_await verify(options_.verifier, options_.tracer, &request,
                              request.target.substr(path.size()), *match.route->scope);
  }
  request.principal = verdict.principal.get();
  auto answer = co_await serve(&request, match, verdict.refusal, id);
  complete(answer, request, match, std::move(id));
  answer->principal = std::move(verdict.principal);
  co_return std::move(*answer);
}

/// The response to a request that is refused before its token counts, or has no route; nothing: its
/// route serves it.
std::optional<Result<Response>> Api::unserved(const Request& request, const Router::Match& match,
                                              std::string_view id) const {
  if (auto allowed = check_origin(request, options_.allow_hosts, options_.cors_origins); !allowed) {
    return std::unexpected(std::move(allowed.error()));
  }
  const bool is_asking = is_preflight(request, options_.cors_origins);
  if (match.route != nullptr && !is_asking) return std::nullopt;
  const std::string_view path = Target::split(request.target).path;
  if (!is_asking) return unrouted_response(request.method, path, router_, id);
  // On every path: the page is to read the 404.
  Response response = options_response(router_.allow(path));
  allow_requests(response);
  return response;
}

/// Makes a problem of an error, and adds what the response to any request has.
void Api::complete(Result<Response>& answer, Request& request, const Router::Match& match,
                   std::string&& id) const {
  if (!answer) answer = problem_response(std::move(answer.error()), id);
  Response& response = *answer;
  if (match.route != nullptr) {
    response.route = match.route->pattern;
  } else {
    const std::string_view path = Target::split(request.target).path;
    const auto pattern = router_.pattern_of(path);
    if (pattern) response.route = *pattern;
    if (!pattern) response.unmatched_path = loggable_path(path, kMaxLoggedPath);
  }
  response.trace = std::move(request.trace);
  finish(response, std::move(id), request.headers);
  response.without_body = response.without_body || request.method == Method::head;
}

Response Api::problem(Error error, std::string_view client_request_id,
                      std::span<const HeaderView> headers) {
  std::string id = request_id(client_request_id);
  Response response = problem_response(std::move(error), id);
  response.close = true;
  finish(response, std::move(id), headers);
  return response;
}

asio::awaitable<Result<Response>> Api::serve(const Request* request, Router::Match match,
                                             const std::optional<auth::Refusal>& refusal,
                                             std::string_view id) {
  if (refusal) return at_once(refusal_response(*refusal, *match.route->scope, id));
  if (match.route->is_on_items()) {
    auto checked = Target::split(request->target).expect_only(match.route->parameters());
    if (!checked) return at_once(std::unexpected(std::move(checked.error())));
    if (request->overloaded) {
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
      return at_once(root(*request));
    case Operation::livez:
      return at_once(json_response(R"({"status":"alive"})"));
    case Operation::readyz:
      return readiness(request);
    case Operation::store_state:
      return operations_.store_state(request);
    case Operation::openapi:
      return at_once(description(*request));
    case Operation::metrics:
      return at_once(metrics_response(options_.metrics()));
    case Operation::web_file:
      return at_once(
          web_file_response(*request, options_.web_files, Target::split(request->target).path));
  }
  std::unreachable();
}

asio::awaitable<Result<Response>> Api::readiness(const Request* request) {
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
