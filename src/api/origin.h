#pragma once

#include <span>
#include <string>

#include "api/http.h"
#include "core/error.h"

namespace picus {

/// Refuses what a web page of another site may have sent through the user's browser: a Host that is
/// a name which somebody else's DNS server can point here, a foreign or opaque Origin, and
/// Sec-Fetch-Site other than same-origin and none, except where the browser only goes to another
/// page (GET or HEAD with Sec-Fetch-Mode: navigate), which shows nothing to the page it comes from.
/// Without authentication this is all that stands between such a page and the items.
/// Names that are served: localhost, those under it, IP addresses, and `allowed_hosts` (without
/// ports). Where Request::trusted_host is set, only the syntax of Host is checked.
/// Pages of `allowed_origins` are served like programs; each is compared byte by byte.
/// Errors: host_not_allowed, cross_origin; bad_request (Host is malformed, or one of these headers
/// occurs twice).
Result<void> check_origin(const Request& request, std::span<const std::string> allowed_hosts,
                          std::span<const std::string> allowed_origins);

}  // namespace picus
