#include "core/api.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/conditions.h"
#include "core/origin.h"
#include "core/problem.h"
#include "core/target.h"

namespace picus {
namespace {

constexpr std::string_view kGetPrefix = "/picus/get/";
constexpr std::string_view kItemPrefix = "/picus/";

/// A request's place among those in flight; given back when the answer is out.
class InFlight {
 public:
  explicit InFlight(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
  ~InFlight() { --count_; }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

/// A streamed answer is in flight until its stream ends.
class CountedStream final : public ByteStream {
 public:
  CountedStream(std::unique_ptr<ByteStream> stream, std::unique_ptr<InFlight> place)
      : stream_(std::move(stream)), place_(std::move(place)) {}

  asio::awaitable<Result<std::string_view>> read() override { return stream_->read(); }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return stream_->size(); }

 private:
  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<InFlight> place_;
};

Response json_response(std::string body) {
  Response response;
  response.headers.reserve(5);
  response.set("Content-Type", "application/json");
  response.set("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

Response options_response(std::string_view allow) {
  Response response;
  response.status = 204;
  response.without_body = true;
  response.set("Allow", std::string(allow));
  return response;
}

Response not_allowed_response(std::string_view allow, std::string_view id) {
  Response response = problem_response(
      Error(ErrorCode::method_not_allowed,
            "This path takes " + std::string(allow) + "; the API is described at /openapi.json."),
      id);
  response.set("Allow", std::string(allow));
  return response;
}

bool is_one_segment(std::string_view text) {
  return !text.empty() && text.find('/') == std::string_view::npos;
}

}  // namespace

/// Which operation a path names for which methods.
struct Api::Route {
  enum class Name : std::uint8_t {
    none,
    any,
    root,
    livez,
    readyz,
    openapi,
    put,
    get,
    list,
    remove
  };

  Name name = Name::none;
  std::string_view pattern = "unknown";
  std::string_view allow;
  std::string_view key;  ///< percent-encoded

  /// The operation for a method; nothing: 405.
  [[nodiscard]] std::optional<Name> operation(Method method) const {
    if (method == Method::del && !key.empty() && name != Name::get) return Name::remove;
    if (name == Name::put) return method == Method::post ? std::optional(name) : std::nullopt;
    const bool reads = method == Method::get || method == Method::head;
    return reads && name != Name::remove ? std::optional(name) : std::nullopt;
  }
};

Api::Api(Store& store, IdSource& ids, const Lifecycle& lifecycle, ApiOptions options)
    : ids_(ids),
      lifecycle_(lifecycle),
      options_(options),
      operations_(store, ids, options.max_body_bytes, options.deadline),
      openapi_etag_(Etag::of(options.openapi_json)) {}

Api::Route Api::route_of(std::string_view path) {
  using Name = Route::Name;
  constexpr std::string_view kReads = "GET, HEAD, OPTIONS";
  if (path.starts_with(kGetPrefix) && is_one_segment(path.substr(kGetPrefix.size()))) {
    return {Name::get, "/picus/get/{key}", kReads, path.substr(kGetPrefix.size())};
  }
  if (path.starts_with(kItemPrefix) && is_one_segment(path.substr(kItemPrefix.size()))) {
    // `put` and `list` are also keys that a DELETE may name.
    const std::string_view key = path.substr(kItemPrefix.size());
    if (key == "put") return {Name::put, "/picus/put", "POST, DELETE, OPTIONS", key};
    if (key == "list") return {Name::list, "/picus/list", "GET, HEAD, DELETE, OPTIONS", key};
    return {Name::remove, "/picus/{key}", "DELETE, OPTIONS", key};
  }
  if (path == "/") return {Name::root, "/", kReads, {}};
  if (path == "/livez") return {Name::livez, "/livez", kReads, {}};
  if (path == "/readyz") return {Name::readyz, "/readyz", kReads, {}};
  if (path == "/openapi.json") return {Name::openapi, "/openapi.json", kReads, {}};
  if (path == "*") return {Name::any, "*", "GET, HEAD, POST, DELETE, OPTIONS", {}};
  return {};
}

asio::awaitable<Response> Api::handle(Request request) {
  std::string id = request_id(request.header("X-Request-Id").value_or(""));
  const Route route = route_of(Target::split(request.target).path);
  const bool is_head = request.method == Method::head;
  const auto operation = route.operation(request.method);
  Response response;
  if (auto allowed = check_origin(request, options_.loopback_only); !allowed) {
    response = problem_response(std::move(allowed.error()), id);
  } else if (route.name == Route::Name::none) {
    response =
        problem_response(Error(ErrorCode::not_found,
                               "There is no such path; the API is described at /openapi.json."),
                         id);
  } else if (request.method == Method::options) {
    response = options_response(route.allow);
  } else if (!operation) {
    response = not_allowed_response(route.allow, id);
  } else {
    auto answer = co_await serve(request, route);
    response = answer ? std::move(*answer) : problem_response(std::move(answer.error()), id);
  }
  response.route = operation == Route::Name::remove ? "/picus/{key}" : route.pattern;
  finish(response, std::move(id), is_head);
  co_return response;
}

Response Api::problem(Error error, std::string_view client_request_id) {
  std::string id = request_id(client_request_id);
  Response response = problem_response(std::move(error), id);
  response.close = true;
  finish(response, std::move(id), /*is_head=*/false);
  return response;
}

asio::awaitable<Result<Response>> Api::serve(Request request, Route route) {
  using Name = Route::Name;
  switch (*route.operation(request.method)) {
    case Name::root:
      co_return json_response(R"({"status":"healthy","version":")" + std::string(options_.version) +
                              "\"}");
    case Name::livez:
      co_return json_response(R"({"status":"alive"})");
    case Name::readyz:
      co_return co_await readiness();
    case Name::openapi:
      co_return description(request);
    case Name::put:
    case Name::get:
    case Name::list:
    case Name::remove:
      co_return co_await serve_items(request, route);
    case Name::none:
    case Name::any:
      break;
  }
  co_return failure(ErrorCode::bad_request, "Only OPTIONS takes * as its target.");
}

asio::awaitable<Result<Response>> Api::serve_items(Request request, Route route) {
  using Name = Route::Name;
  auto place = std::make_unique<InFlight>(in_flight_);
  if (request.overloaded || in_flight_ > options_.max_in_flight) {
    co_return failure(ErrorCode::overloaded,
                      "The server is at its limit of connections or requests; try again soon.");
  }
  const Name operation = *route.operation(request.method);
  Result<Response> answer;
  if (operation == Name::put) {
    answer = co_await operations_.put(request);
  } else if (operation == Name::get) {
    answer = co_await operations_.get(request, route.key);
  } else if (operation == Name::list) {
    answer = co_await operations_.list(request);
  } else {
    answer = co_await operations_.remove(request, route.key);
  }
  if (answer) {
    if (auto* const stream = std::get_if<std::unique_ptr<ByteStream>>(&answer->body)) {
      answer->body = std::make_unique<CountedStream>(std::move(*stream), std::move(place));
    }
  }
  co_return answer;
}

asio::awaitable<Result<Response>> Api::readiness() {
  if (lifecycle_.draining()) {
    co_return failure(ErrorCode::draining, "The server is about to stop; use another one.");
  }
  co_return co_await operations_.ready();
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

void Api::finish(Response& response, std::string id, bool is_head) const {
  response.set("X-Request-Id", id);
  response.set("X-Content-Type-Options", "nosniff");
  response.request_id = std::move(id);
  response.without_body = response.without_body || is_head;
  response.close = response.close || lifecycle_.draining();
}

}  // namespace picus
