#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "net/client/http_pool.h"

namespace picus::aws {

namespace asio = boost::asio;

/// The parts of an `http` or `https` URL for a request.
struct Url {
  std::string origin;  ///< `http://127.0.0.1:8000`
  std::string host;    ///< without the brackets of IPv6
  std::string target;  ///< path and query; `/` if there is none
  bool encrypted;      ///< https
};

/// Nothing if it is not such a URL, or has a user name or a fragment.
std::optional<Url> parse_url(std::string_view text);

/// Number of attempts, and the timeout of each.
struct Attempts {
  std::chrono::milliseconds timeout;
  unsigned count;
};

/// The response to the request, with any status. The request is repeated without a response, or
/// after 429 or 5xx. The reason of a failure has the server and the error; never the target, which
/// may be a secret. `request.body` outlives the call.
asio::awaitable<std::expected<net::HttpResponse, std::string>> ask(
    net::HttpPool* pool, net::HttpRequest request, Attempts attempts,
    std::chrono::steady_clock::time_point deadline);

}  // namespace picus::aws
