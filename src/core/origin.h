#pragma once

#include "core/error.h"
#include "core/http.h"

namespace picus {

/// Refuses what a web page of another site may have sent through the user's browser: a foreign or
/// opaque Origin, Sec-Fetch-Site other than same-origin and none, and, with `loopback_only`, a Host
/// that is not this machine (a name that was rebound to 127.0.0.1). Without authentication this is
/// all that stands between such a page and the items. Errors: cross_origin.
Result<void> check_origin(const Request& request, bool loopback_only);

}  // namespace picus
