#include "api/origin.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/host.h"
#include "core/ascii.h"
#include "json/error_position.h"

namespace picus {
namespace {

/// What of the headers this is about.
struct Provenance {
  std::optional<std::string_view> host;
  std::optional<std::string_view> origin;
  std::optional<std::string_view> site;
  std::optional<std::string_view> mode;
};

std::unexpected<Error> repeated(std::string_view name) {
  return failure(ErrorCode::bad_request, "The header " + std::string(name) + " occurs twice.");
}

/// Errors: bad_request (one occurs twice).
Result<Provenance> provenance(const Request& request) {
  Provenance found;
  for (const HeaderView& header : request.headers) {
    if (equals_ignoring_case(header.name, "Host")) {
      if (found.host) return repeated("Host");
      found.host = header.value;
    } else if (equals_ignoring_case(header.name, "Origin")) {
      if (found.origin) return repeated("Origin");
      found.origin = header.value;
    } else if (equals_ignoring_case(header.name, "Sec-Fetch-Site")) {
      if (found.site) return repeated("Sec-Fetch-Site");
      found.site = header.value;
    } else if (equals_ignoring_case(header.name, "Sec-Fetch-Mode")) {
      if (found.mode) return repeated("Sec-Fetch-Mode");
      found.mode = header.value;
    }
  }
  return found;
}

bool is_served(const Host& host, std::span<const std::string> allowed_hosts) {
  return host.is_address || host.is_localhost() ||
         std::ranges::any_of(allowed_hosts,
                             [&](const std::string& name) { return host.is_named(name); });
}

/// Whether it is the origin of pages that the server under this Host would have sent: a proxy may
/// add the port that the scheme has anyway, which browsers leave out.
bool is_same_origin(std::string_view origin, std::string_view host) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kSchemes = {
      {{"http://", ":80"}, {"https://", ":443"}}};
  for (const auto& [scheme, port] : kSchemes) {
    if (!origin.starts_with(scheme)) continue;
    const std::string_view authority = origin.substr(scheme.size());
    if (equals_ignoring_case(authority, host)) return true;
    return host.ends_with(port) &&
           equals_ignoring_case(authority, host.substr(0, host.size() - port.size()));
  }
  return false;
}

bool is_navigation(const Request& request, const Provenance& from) {
  return from.mode == "navigate" &&
         (request.method == Method::get || request.method == Method::head);
}

std::unexpected<Error> unknown_host(const Host& host) {
  return failure(ErrorCode::host_not_allowed,
                 "The Host header names " + json::quoted(host.name) +
                     ", which is not a name of this server. Use localhost or an IP address, or "
                     "start the server with --allow-host (PICUS_ALLOW_HOST) and that name.");
}

/// Host is not repeated: behind a proxy it may be what only the proxy knows the server by.
std::unexpected<Error> foreign_origin(std::string_view origin) {
  if (origin == "null") {
    return failure(
        ErrorCode::cross_origin,
        "The Origin header is \"null\": the page has no origin, because it is a file or a "
        "sandboxed frame, and --cors-origin cannot allow it. Serve the page over HTTP.");
  }
  return failure(ErrorCode::cross_origin,
                 "The Origin header names " + json::quoted(origin) +
                     ", which differs from the Host header. To allow web pages of this origin, "
                     "start the server with --cors-origin (PICUS_CORS_ORIGIN) and the origin. A "
                     "proxy must forward the Host header unchanged.");
}

std::unexpected<Error> foreign_site(std::string_view site) {
  return failure(
      ErrorCode::cross_origin,
      "A web page of another origin made this request (Sec-Fetch-Site: " + json::quoted(site) +
          "). To allow this, start the server with --cors-origin (PICUS_CORS_ORIGIN) and the "
          "origin of the page, and use fetch(), which sends the Origin header.");
}

}  // namespace

Result<void> check_origin(const Request& request, std::span<const std::string> allowed_hosts,
                          std::span<const std::string> allowed_origins) {
  const auto from = provenance(request);
  if (!from) return std::unexpected(from.error());
  const std::string_view host_text = from->host.value_or("");
  const auto host = request.host ? request.host : Host::parse(host_text);
  if (!host) {
    return failure(ErrorCode::bad_request, "Host is not a host name with an optional port.");
  }
  // Only HTTP/1.0 may leave the header out.
  if (!request.trusted_host && from->host && !is_served(*host, allowed_hosts)) {
    return unknown_host(*host);
  }
  if (from->origin) {
    if (std::ranges::find(allowed_origins, *from->origin) != allowed_origins.end()) return {};
    if (!is_same_origin(*from->origin, host_text)) return foreign_origin(*from->origin);
  }
  if (from->site && *from->site != "same-origin" && *from->site != "none" &&
      !is_navigation(request, *from)) {
    return foreign_site(*from->site);
  }
  return {};
}

}  // namespace picus
