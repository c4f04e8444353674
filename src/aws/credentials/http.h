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

/// An `http` or `https` URL in the parts that a request needs.
struct Url {
  std::string origin;  ///< `http://127.0.0.1:8000`
  std::string host;    ///< without the brackets of IPv6
  std::string target;  ///< path and query; `/` if there is none
  bool encrypted;      ///< https
};

/// Nothing where it is no such URL, or has a user name or a fragment.
std::optional<Url> parse_url(std::string_view text);

/// How often, and how long each time.
struct Attempts {
  std::chrono::milliseconds timeout;
  unsigned count;
};

/// The answer to the request, whatever its status; sent again where there is none, or it is 429 or
/// 5xx. The reason of a failure names the server and what failed; never the target, which may be
/// a secret. `request.body` outlives the call.
asio::awaitable<std::expected<net::PooledResponse, std::string>> ask(
    net::HttpPool* pool, net::PooledRequest request, Attempts attempts,
    std::chrono::steady_clock::time_point deadline);

}  // namespace picus::aws
