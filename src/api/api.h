#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "api/item_operations.h"
#include "api/lifecycle.h"
#include "api/routes.h"
#include "api/web_files.h"
#include "core/ids.h"
#include "core/limits.h"
#include "core/operations.h"
#include "core/store.h"

namespace picus {

namespace auth {
struct Refusal;
class Verifier;
}  // namespace auth
namespace telemetry {
class Tracer;
}

struct ApiOptions {
  std::string_view version;
  std::string_view openapi_json;            ///< the document that /openapi.json returns
  std::span<const WebFile> web_files = {};  ///< the console and its files; empty: off
  RequestLimits limits = {};
  std::chrono::milliseconds deadline{5000};
  Operations operations = {};
  /// Host names, without ports, under which clients reach the server, besides localhost and its
  /// addresses. Other names are refused, because a web page of another site can make its own name
  /// resolve to this server.
  std::vector<std::string> allow_hosts = {};
  /// Origins whose web pages may use the API, as browsers send them.
  std::vector<std::string> cors_origins = {};
  /// For an admin listener: the response to /metrics. There are no other routes then, except for
  /// health. None: /metrics does not exist.
  std::function<std::string()> metrics = {};
  /// Checks tokens and scopes; nullptr: all requests are allowed. Outlives the Api.
  auth::Verifier* verifier = nullptr;
  /// Traces requests; nullptr: traces of clients are only forwarded. Outlives the Api.
  telemetry::Tracer* tracer = nullptr;
};

/// The HTTP contract: turns a request into a response. Thread-safe. `store`, `ids` and `lifecycle`
/// outlive the Api and every call.
class Api {
 public:
  Api(Store& store, IdSource& ids, const Lifecycle& lifecycle, ApiOptions options);

  /// The place in a trace of a request with these headers, which began at `begun`. `front`: the
  /// trace that the front has from another source, in the format of X-Ray.
  [[nodiscard]] TraceContext trace(std::span<const HeaderView> headers,
                                   std::chrono::steady_clock::time_point begun,
                                   std::string_view front = {}) const;

  /// Never fails: every error becomes a problem response. The data that `request` refers to lives
  /// until the response is sent.
  asio::awaitable<Response> handle(Request request);

  /// The response to a request that a front could not read, or that took too long.
  /// `client_request_id`: the X-Request-Id if it could be read, otherwise empty. `headers`: the
  /// headers of the request that could be read.
  Response problem(Error error, std::string_view client_request_id,
                   std::span<const HeaderView> headers);

 private:
  [[nodiscard]] std::optional<Result<Response>> unserved(const Request& request,
                                                         const Router::Match& match,
                                                         std::string_view id) const;
  asio::awaitable<Result<Response>> serve(const Request* request, Router::Match match,
                                          const std::optional<auth::Refusal>& refusal,
                                          std::string_view id);
  asio::awaitable<Result<Response>> readiness(const Request* request);
  [[nodiscard]] TraceContext traced(std::span<const HeaderView> headers,
                                    std::chrono::steady_clock::time_point begun,
                                    std::string_view front) const;
  [[nodiscard]] Result<Response> root(const Request& request) const;
  [[nodiscard]] Result<Response> description(const Request& request) const;
  [[nodiscard]] std::string request_id(std::string_view client_request_id) const;
  void complete(Result<Response>& answer, Request& request, const Router::Match& match,
                std::string&& id) const;
  void finish(Response& response, std::string id, std::span<const HeaderView> headers) const;

  IdSource& ids_;
  const Lifecycle& lifecycle_;
  ApiOptions options_;
  /// Each access record gets the capacity of a table that its request consumed.
  const bool counts_capacity_;
  Router router_;
  ItemOperations operations_;
  Etag openapi_etag_;
};

}  // namespace picus
