#include "api/routes.h"

#include <algorithm>

namespace picus {
namespace {

/// The target of an OPTIONS that is about the server as a whole (RFC 9110, 9.3.7).
constexpr std::string_view kEveryPath = "*";

/// What the path has in place of the `{…}` of the pattern; nothing: it is another path.
std::optional<std::string_view> segment_of(const Route& route, std::string_view path) {
  if (!path.starts_with(route.prefix)) return std::nullopt;
  const std::string_view rest = path.substr(route.prefix.size());
  const bool takes_one = route.prefix.size() < route.pattern.size();
  if (rest.empty() == takes_one || (takes_one && rest.contains('/'))) return std::nullopt;
  return rest;
}

bool has_path(const Route& route, std::string_view path) {
  return path == kEveryPath || segment_of(route, path);
}

}  // namespace

bool Router::offers(const Route& route) const {
  const bool is_admin = purpose_ == Purpose::admin;
  switch (route.operation) {
    case Operation::put:
      return offered_.put && !is_admin;
    case Operation::get:
      return offered_.get && !is_admin;
    case Operation::list:
      return offered_.list && !is_admin;
    case Operation::remove:
      return offered_.remove && !is_admin;
    case Operation::web_file:
      return web_files_ && !is_admin;
    case Operation::root:
    case Operation::store_state:
    case Operation::openapi:
      return !is_admin;
    case Operation::metrics:
      return is_admin;
    case Operation::livez:
    case Operation::readyz:
      break;
  }
  return true;
}

Router::Match Router::find(Method method, std::string_view path) const {
  for (const Route& route : kRoutes) {
    if (!route.serves(method) || !offers(route)) continue;
    if (const auto segment = segment_of(route, path)) return {.route = &route, .segment = *segment};
  }
  return {};
}

std::optional<std::string_view> Router::pattern_of(std::string_view path) const {
  if (path == kEveryPath) return kEveryPath;
  const auto* const first = std::ranges::find_if(
      kRoutes, [&](const Route& route) { return offers(route) && segment_of(route, path); });
  if (first == kRoutes.end()) return std::nullopt;
  return first->pattern;
}

std::string Router::allow(std::string_view path) const {
  std::string methods;
  for (const Method method : {Method::get, Method::head, Method::post, Method::del}) {
    const bool supported = std::ranges::any_of(kRoutes, [&](const Route& route) {
      return route.serves(method) && offers(route) && has_path(route, path);
    });
    if (supported) methods.append(name_of(method)).append(", ");
  }
  return methods + "OPTIONS";
}

}  // namespace picus
