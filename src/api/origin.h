#pragma once

#include <span>
#include <string>

#include "api/http.h"
#include "core/error.h"

namespace picus {

/// Refuses requests that a web page of another site may have sent through the browser of a user: a
/// Host with a name that another DNS server can resolve to this server; an Origin that is opaque or
/// differs from Host; and a Sec-Fetch-Site other than same-origin and none, except for navigation
/// (GET or HEAD with Sec-Fetch-Mode: navigate), whose response the other page cannot read. Without
/// authentication this is the only protection of the items against such pages. Allowed names:
/// localhost, its subdomains, IP addresses, and `allowed_hosts` (without ports). If
/// Request::trusted_host is set, only the syntax of Host is checked. Pages of `allowed_origins` are
/// allowed; origins are compared byte by byte. Errors: host_not_allowed, cross_origin; bad_request
/// (Host is malformed, or one of these headers occurs twice).
Result<void> check_origin(const Request& request, std::span<const std::string> allowed_hosts,
                          std::span<const std::string> allowed_origins);

}  // namespace picus
