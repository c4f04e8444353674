#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http.h"
#include "auth/scope.h"
#include "core/operations.h"

namespace picus {

/// What a request does. The first four are on items.
enum class Operation : std::uint8_t {
  put,
  get,
  list,
  remove,
  root,
  livez,
  readyz,
  store_state,
  openapi,
  metrics,
  web_file
};

/// A row of the table of routes.
struct Route {
  consteval Route(Method method, std::string_view pattern, Operation operation,
                  std::optional<auth::Scope> scope = {},
                  std::initializer_list<std::string_view> parameters = {})
      : method(method),
        pattern(pattern),
        prefix(pattern.substr(0, pattern.find('{'))),
        operation(operation),
        scope(scope),
        parameter_count(parameters.size()) {
    std::ranges::copy(parameters, all_parameters.begin());
  }

  Method method;             ///< `get` is HEAD too
  std::string_view pattern;  ///< the path; `{…}` at its end is one segment that is not empty
  std::string_view prefix;   ///< the pattern without `{…}`
  Operation operation;
  std::optional<auth::Scope> scope;  ///< of the token; nothing: no token is needed
  std::size_t parameter_count;
  std::array<std::string_view, 3> all_parameters;

  [[nodiscard]] constexpr bool serves(Method wanted) const {
    return wanted == method || (wanted == Method::head && method == Method::get);
  }
  [[nodiscard]] constexpr bool is_on_items() const { return operation <= Operation::remove; }
  /// The query parameters of an operation on items, which refuses others. Other operations ignore
  /// the query.
  [[nodiscard]] constexpr std::span<const std::string_view> parameters() const {
    return std::span(all_parameters).first(parameter_count);
  }
};

/// Every route. 404, 405, Allow, the pattern in the log, the check of query parameters, the scope
/// of a token and the request that an error suggests follow from it. A path may match several rows:
/// `/picus/list` is also the path of the key `list`. If none of them has the method, the log has
/// the pattern of the first one. The first row of an operation is the one that responses suggest.
inline constexpr auto kRoutes = std::to_array<Route>({
    {Method::get, "/picus/get/{key}", Operation::get, auth::Scope::items_read, {"consistency"}},
    {Method::post, "/picus/put", Operation::put, auth::Scope::items_write, {"on_conflict"}},
    {Method::get,
     "/picus/list",
     Operation::list,
     auth::Scope::items_read,
     {"limit", "cursor", "consistency"}},
    {Method::get, "/picus/get", Operation::get, auth::Scope::items_read, {"key", "consistency"}},
    {Method::del, "/picus/{key}", Operation::remove, auth::Scope::items_delete},
    {Method::del, "/picus", Operation::remove, auth::Scope::items_delete, {"key"}},
    {Method::get, "/", Operation::root},
    {Method::get, "/livez", Operation::livez},
    {Method::get, "/readyz", Operation::readyz},
    {Method::get, "/readyz/store", Operation::store_state, auth::Scope::items_read},
    {Method::get, "/openapi.json", Operation::openapi},
    {Method::get, "/metrics", Operation::metrics},
    {Method::get, "/docs", Operation::web_file},
    {Method::get, "/ui/{name}", Operation::web_file},
});

/// The first row of the operation.
constexpr const Route& route_of(Operation operation) {
  std::size_t row = 0;
  while (kRoutes[row].operation != operation) ++row;
  return kRoutes[row];
}

/// What a listener is for: clients, or those who watch the process. Both get health.
enum class Purpose : std::uint8_t { clients, admin };

/// Finds the route of a request among those that a listener offers. Paths are percent-encoded,
/// without unnecessary escapes. The target `*` of OPTIONS counts as every path.
class Router {
 public:
  /// `web_files`: whether the console is on.
  explicit Router(Operations offered, Purpose purpose = Purpose::clients, bool web_files = false)
      : offered_(offered), purpose_(purpose), web_files_(web_files) {}

  struct Match {
    const Route* route = nullptr;
    /// The segment of the path for the `{…}` of the pattern; empty: the pattern has none.
    std::string_view segment = {};
  };

  /// Without a route: the path does not exist, or does not support the method.
  [[nodiscard]] Match find(Method method, std::string_view path) const;
  /// The pattern of the first route with this path; nothing: the path does not exist.
  [[nodiscard]] std::optional<std::string_view> pattern_of(std::string_view path) const;
  /// The methods of the path, for Allow: `GET, HEAD, OPTIONS`.
  [[nodiscard]] std::string allow(std::string_view path) const;

 private:
  [[nodiscard]] bool offers(const Route& route) const;

  Operations offered_;
  Purpose purpose_;
  bool web_files_;
};

}  // namespace picus
