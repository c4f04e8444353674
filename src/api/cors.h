#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/http.h"

/// Headers with which web pages of other origins can read responses: the CORS protocol (Fetch
/// Standard, "HTTP extensions"). `origins`: the allowed origins; if there are none, these functions
/// add no header.
namespace picus {

/// Whether browsers send this text in Origin: `https://app.example.com`, `http://localhost:3000`.
/// It is in lower case, without a path and without the default port of the scheme. `null`, which
/// many pages share, is refused.
bool is_origin(std::string_view text);

/// Whether this is a preflight request for a page of an allowed origin.
bool is_preflight(const Request& request, std::span<const std::string> origins);

/// Allows a page to send the methods and headers that Picus supports.
void allow_requests(Response& response);

/// Allows the page to read the response, if its origin is allowed, and prevents caches from reusing
/// the response for another origin. `headers`: of the request.
void allow_reading(Response& response, std::span<const HeaderView> headers,
                   std::span<const std::string> origins);

}  // namespace picus
