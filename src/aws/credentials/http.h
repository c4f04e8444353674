#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <string>

#include "net/client/http_pool.h"

namespace picus::aws {

namespace asio = boost::asio;

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
