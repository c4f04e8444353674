#include "api/cors.h"

#include <algorithm>
#include <optional>

#include "api/host.h"
#include "core/ascii.h"

namespace picus {
namespace {

bool is_scheme(std::string_view text) {
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
         std::ranges::all_of(
             text, [](char c) { return is_lower_or_digit(c) || c == '+' || c == '-' || c == '.'; });
}

/// `:8080`: not empty, as a browser writes it, and not the one that the scheme has anyway.
bool is_port_of(std::string_view scheme, std::string_view text) {
  if (text.size() < 2 || text[1] == '0') return false;
  return !(scheme == "http" && text == ":80") && !(scheme == "https" && text == ":443");
}

/// The one Origin of the request, if it is allowed.
std::optional<std::string_view> allowed_origin(std::span<const HeaderView> headers,
                                               std::span<const std::string> origins) {
  std::optional<std::string_view> found;
  for (const HeaderView& header : headers) {
    if (!equals_ignoring_case(header.name, "Origin")) continue;
    if (found) return std::nullopt;
    found = header.value;
  }
  if (!found || std::ranges::find(origins, *found) == origins.end()) return std::nullopt;
  return found;
}

}  // namespace

bool is_origin(std::string_view text) {
  constexpr std::string_view kSeparator = "://";
  const std::size_t scheme_bytes = std::min(text.find(kSeparator), text.size());
  const std::string_view scheme = text.substr(0, scheme_bytes);
  if (scheme.size() == text.size() || !is_scheme(scheme)) return false;
  const std::string_view authority = text.substr(scheme_bytes + kSeparator.size());
  const auto host = Host::parse(authority);
  if (!host || host->name.empty()) return false;
  const std::string_view port = authority.substr(host->name.size());
  if (!port.empty() && !is_port_of(scheme, port)) return false;
  return std::ranges::all_of(host->name, [](char c) {
    return is_lower_or_digit(c) || std::string_view("-._[:]").contains(c);
  });
}

bool is_preflight(const Request& request, std::span<const std::string> origins) {
  return request.method == Method::options && allowed_origin(request.headers, origins) &&
         request.header("Access-Control-Request-Method");
}

void allow_requests(Response& response) {
  response.set("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE");
  response.set("Access-Control-Allow-Headers",
               "Content-Type, Content-Encoding, If-Match, If-None-Match, Idempotency-Key, "
               "Authorization, X-Request-Id, traceparent, tracestate");
  // Browsers keep it no longer than between two hours and a day, whatever is said here. Each
  // request is checked all the same.
  response.set("Access-Control-Max-Age", "7200");
}

void allow_reading(Response& response, std::span<const HeaderView> headers,
                   std::span<const std::string> origins) {
  if (origins.empty()) return;
  response.vary("Origin");
  const auto origin = allowed_origin(headers, origins);
  if (!origin) return;
  response.set("Access-Control-Allow-Origin", std::string(*origin));
  response.set("Access-Control-Expose-Headers",
               "ETag, Location, Link, X-Request-Id, Idempotency-Replayed, Retry-After, "
               "WWW-Authenticate");
}

}  // namespace picus
