#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/http.h"

/// How web pages of other origins read responses: the CORS protocol (Fetch Standard, "HTTP
/// extensions"). `origins` are those that are allowed; without any, nothing here adds a header.
namespace picus {

/// Whether browsers send this text in Origin: `https://app.example.com`, `http://localhost:3000`.
/// It is in lower case, without a path, and without the port that the scheme has anyway. `null`,
/// which many pages share, is none.
bool is_origin(std::string_view text);

/// Whether a browser asks by this request what an allowed page may send.
bool is_preflight(const Request& request, std::span<const std::string> origins);

/// What a page may send: the methods and headers that Picus knows.
void allow_requests(Response& response);

/// Lets the page read the response, if its origin is allowed, and keeps caches from giving the
/// response to a page of another origin. `headers`: the request's.
void allow_reading(Response& response, std::span<const HeaderView> headers,
                   std::span<const std::string> origins);

}  // namespace picus
