#include "api/api.h"

#include <algorithm>
#include <array>
#include <optional>
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
#include "api/trace.h"
#include "auth/verifier.h"

namespace picus {
namespace {

constexpr std::string_view kGetPrefix = "/picus/get/";
constexpr std::string_view kItemPrefix = "/picus/";
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

/// `meant`: the request that the client probably meant; empty: nobody knows.
Error with_hint(ErrorCode code, std::string fault, const std::string& meant) {
  if (!meant.empty()) fault += ": " + meant + " was probably meant";
  return Error(code, fault + "; the API is described at /openapi.json.");
}

Response not_allowed_response(std::string allow, const std::string& meant, std::string_view id) {
  Response response = problem_response(
      with_hint(ErrorCode::method_not_allowed, "This path supports " + allow, meant), id);
  response.set("Allow", std::move(allow));
  return response;
}

bool is_one_segment(std::string_view text) {
  return !text.empty() && text.find('/') == std::string_view::npos;
}

}  // namespace

/// What the methods of a path do.
struct Api::Route {
  enum class Name : std::uint8_t {
    none,
    any,
    root,
    livez,
    readyz,
    store_readyz,
    openapi,
    put,
    get,
    list,
    remove
  };

  using Names = std::span<const std::string_view>;

  std::string_view pattern = "unknown";
  Name reads = Name::none;  ///< GET and HEAD
  bool posts = false;
  bool removes = false;
  // Percent-encoded; empty: the query has it.
  std::string_view key_to_get = {};
  std::string_view key_to_remove = {};

  [[nodiscard]] bool is_known() const { return reads != Name::none || posts || removes; }

  /// The operation for a method; nothing: 405.
  [[nodiscard]] std::optional<Name> operation(Method method) const {
    const bool asks_to_read = method == Method::get || method == Method::head;
    if (asks_to_read && reads != Name::none) return reads;
    if (reads == Name::any) return std::nullopt;
    if (method == Method::post && posts) return Name::put;
    if (method == Method::del && removes) return Name::remove;
    return std::nullopt;
  }

  /// The query parameters that an operation on items takes; nothing: the others ignore theirs.
  [[nodiscard]] std::optional<Names> parameters(Name operation) const {
    using namespace std::string_view_literals;
    static constexpr std::array kPut = {"on_conflict"sv};
    static constexpr std::array kGet = {"consistency"sv};
    static constexpr std::array kGetByQuery = {"key"sv, "consistency"sv};
    static constexpr std::array kList = {"limit"sv, "cursor"sv, "consistency"sv};
    static constexpr std::array kRemoveByQuery = {"key"sv};
    switch (operation) {
      case Name::put:
        return kPut;
      case Name::get:
        return key_to_get.empty() ? Names(kGetByQuery) : Names(kGet);
      case Name::list:
        return kList;
      case Name::remove:
        return key_to_remove.empty() ? Names(kRemoveByQuery) : Names();
      case Name::none:
      case Name::any:
      case Name::root:
      case Name::livez:
      case Name::readyz:
      case Name::store_readyz:
      case Name::openapi:
        break;
    }
    return std::nullopt;
  }

  /// What a caller of an operation needs; nothing: anybody may.
  [[nodiscard]] static std::optional<auth::Scope> scope(Name operation) {
    switch (operation) {
      case Name::put:
        return auth::Scope::items_write;
      case Name::get:
      case Name::list:
      case Name::store_readyz:
        return auth::Scope::items_read;
      case Name::remove:
        return auth::Scope::items_delete;
      case Name::none:
      case Name::any:
      case Name::root:
      case Name::livez:
      case Name::readyz:
      case Name::openapi:
        break;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string allow() const {
    std::string methods;
    if (reads != Name::none) methods += "GET, HEAD, ";
    if (posts) methods += "POST, ";
    if (removes) methods += "DELETE, ";
    return methods + "OPTIONS";
  }
};

Api::Api(Store& store, IdSource& ids, const Lifecycle& lifecycle, ApiOptions options)
    : ids_(ids),
      lifecycle_(lifecycle),
      options_(std::move(options)),
      operations_(store, ids, options_.max_body_bytes, options_.deadline, options_.limits),
      openapi_etag_(Etag::of(options_.openapi_json)) {}

Api::Route Api::route_of(std::string_view path) const {
  using Name = Route::Name;
  const Operations& offered = options_.operations;
  const Name get = offered.get ? Name::get : Name::none;
  const Name list = offered.list ? Name::list : Name::none;
  if (path.starts_with(kGetPrefix) && is_one_segment(path.substr(kGetPrefix.size()))) {
    const std::string_view key = path.substr(kGetPrefix.size());
    return {.pattern = "/picus/get/{key}", .reads = get, .key_to_get = key};
  }
  if (path.starts_with(kItemPrefix) && is_one_segment(path.substr(kItemPrefix.size()))) {
    // `get`, `put` and `list` are also keys that a DELETE may name.
    const std::string_view key = path.substr(kItemPrefix.size());
    const bool removes = offered.remove;
    if (key == "get") {
      return {.pattern = "/picus/get", .reads = get, .removes = removes, .key_to_remove = key};
    }
    if (key == "list") {
      return {.pattern = "/picus/list", .reads = list, .removes = removes, .key_to_remove = key};
    }
    if (key == "put") {
      const bool puts = offered.put;
      return {.pattern = "/picus/put", .posts = puts, .removes = removes, .key_to_remove = key};
    }
    return {.pattern = "/picus/{key}", .removes = removes, .key_to_remove = key};
  }
  if (path == "/picus") return {.pattern = "/picus", .removes = offered.remove};
  if (path == "/") return {.pattern = "/", .reads = Name::root};
  if (path == "/livez") return {.pattern = "/livez", .reads = Name::livez};
  if (path == "/readyz") return {.pattern = "/readyz", .reads = Name::readyz};
  if (path == "/readyz/store") return {.pattern = "/readyz/store", .reads = Name::store_readyz};
  if (path == "/openapi.json") return {.pattern = "/openapi.json", .reads = Name::openapi};
  if (path == "*") return {.pattern = "*", .reads = Name::any, .posts = true, .removes = true};
  return {};
}

asio::awaitable<Response> Api::handle(Request request) {
  std::string id = request_id(request.header(kRequestIdHeader).value_or(""));
  std::string trace = trace_of(request);
  const bool front_logs_trace = !request.trace.empty();
  request.trace = trace;
  // A web page that a name leads here has no token.
  request.trusted_host = request.trusted_host || options_.verifier != nullptr;
  std::string plain_target;
  if (request.target.contains('%')) {
    plain_target = without_needless_escapes(request.target);
    request.target = plain_target;
  }
  const std::string_view path = Target::split(request.target).path;
  const Route route = route_of(path);
  const auto operation = route.operation(request.method);
  const auto needed = operation ? Route::scope(*operation) : std::nullopt;
  auth::Verdict verdict;
  Response response;
  if (auto allowed = check_origin(request, options_.allowed_hosts, options_.allowed_origins);
      !allowed) {
    response = problem_response(std::move(allowed.error()), id);
  } else if (is_preflight(request, options_.allowed_origins)) {
    // On every path: the page is to read the 404.
    response = options_response(route.allow());
    allow_requests(response);
  } else if (!route.is_known()) {
    response = problem_response(
        with_hint(ErrorCode::not_found, "This path does not exist", probably_meant(request)), id);
  } else if (request.method == Method::options) {
    response = options_response(route.allow());
  } else if (!operation) {
    response = not_allowed_response(route.allow(), probably_meant(request), id);
  } else {
    if (needed && options_.verifier != nullptr) {
      verdict = co_await options_.verifier->admit(
          credentials_of(request), *needed,
          std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    }
    request.principal = verdict.principal.get();
    if (verdict.refusal) {
      response = refusal_response(*verdict.refusal, *needed, id);
    } else {
      auto answer = co_await serve(request, route);
      response = answer ? std::move(*answer) : problem_response(std::move(answer.error()), id);
    }
  }
  if (verdict.principal) response.principal = verdict.principal->label();
  const bool removes_by_path = operation == Route::Name::remove && !route.key_to_remove.empty();
  response.route = removes_by_path ? "/picus/{key}" : route.pattern;
  if (!route.is_known()) response.unmatched_path = loggable_path(path, kMaxLoggedPath);
  if (!front_logs_trace) response.trace = std::move(trace);
  finish(response, std::move(id), request.headers);
  response.without_body = response.without_body || request.method == Method::head;
  co_return response;
}

std::string Api::probably_meant(const Request& request) const {
  return probable_request(request.method, Target::split(request.target).path,
                          [this](Method method, std::string_view path) {
                            return route_of(path).operation(method).has_value();
                          });
}

Response Api::problem(Error error, std::string_view client_request_id,
                      std::span<const HeaderView> headers) {
  std::string id = request_id(client_request_id);
  Response response = problem_response(std::move(error), id);
  response.close = true;
  finish(response, std::move(id), headers);
  return response;
}

asio::awaitable<Result<Response>> Api::serve(Request request, Route route) {
  using Name = Route::Name;
  const Name operation = *route.operation(request.method);
  if (const auto known = route.parameters(operation)) {
    auto checked = Target::split(request.target).expect_only(*known);
    if (!checked) return at_once(std::unexpected(std::move(checked.error())));
    if (request.overloaded) {
      return at_once(failure(ErrorCode::overloaded,
                             "The server has reached its limit of connections; retry later."));
    }
  }
  switch (operation) {
    case Name::root:
      return at_once(json_response(R"({"status":"healthy","version":")" +
                                   std::string(options_.version) + "\"}"));
    case Name::livez:
      return at_once(json_response(R"({"status":"alive"})"));
    case Name::readyz:
      return readiness(request);
    case Name::store_readyz:
      return operations_.store_state(request);
    case Name::openapi:
      return at_once(description(request));
    case Name::put:
      return operations_.put(request);
    case Name::get:
      return operations_.get(request, route.key_to_get);
    case Name::list:
      return operations_.list(request);
    case Name::remove:
      return operations_.remove(request, route.key_to_remove);
    case Name::none:
    case Name::any:
      break;
  }
  return at_once(failure(ErrorCode::bad_request, "Only OPTIONS may have the target *."));
}

asio::awaitable<Result<Response>> Api::readiness(Request request) {
  if (lifecycle_.draining()) {
    co_return failure(ErrorCode::draining, "The server is shutting down; use another one.");
  }
  co_return co_await operations_.ready(request);
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
  allow_reading(response, headers, options_.allowed_origins);
  response.close = response.close || lifecycle_.draining();
}

}  // namespace picus
