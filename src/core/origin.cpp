#include "core/origin.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "core/ascii.h"
#include "core/host.h"

namespace picus {
namespace {

/// What of the headers this is about.
struct Provenance {
  std::optional<std::string_view> host;
  std::optional<std::string_view> origin;
  std::optional<std::string_view> site;
  std::string_view mode;
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
      found.mode = header.value;
    }
  }
  return found;
}

bool is_served(const Host& host, std::span<const std::string> allowed_hosts) {
  return host.name.empty() || host.is_address || host.is_localhost() ||
         std::ranges::any_of(allowed_hosts,
                             [&](const std::string& name) { return host.is_named(name); });
}

bool is_same_origin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return equals_ignoring_case(origin.substr(scheme.size()), host);
  }
  return false;
}

bool is_navigation(const Request& request, const Provenance& from) {
  return from.mode == "navigate" &&
         (request.method == Method::get || request.method == Method::head);
}

}  // namespace

Result<void> check_origin(const Request& request, std::span<const std::string> allowed_hosts) {
  const auto from = provenance(request);
  if (!from) return std::unexpected(from.error());
  const std::string_view host_text = from->host.value_or("");
  const auto host = Host::parse(host_text);
  if (!host) {
    return failure(ErrorCode::bad_request, "Host is not a host name with an optional port.");
  }
  if (!request.trusted_host && !is_served(*host, allowed_hosts)) {
    return failure(ErrorCode::host_not_allowed,
                   "This server is not known by the name in the Host header. Use localhost or an "
                   "IP address, or start the server with --allow-host (PICUS_ALLOW_HOST) and the "
                   "name.");
  }
  if (from->origin && !is_same_origin(*from->origin, host_text)) {
    return failure(ErrorCode::cross_origin,
                   "The Origin header names another origin than the Host header. Without "
                   "authentication this server does not serve web pages of other origins.");
  }
  if (from->site && *from->site != "same-origin" && *from->site != "none" &&
      !is_navigation(request, *from)) {
    return failure(ErrorCode::cross_origin,
                   "A web page of another origin made this request (Sec-Fetch-Site). Without "
                   "authentication this server does not serve it.");
  }
  return {};
}

}  // namespace picus
