#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <expected>
#include <span>
#include <string>

#include "net/client/channel.h"
#include "net/client/http_message.h"
#include "net/client/transport_error.h"

namespace picus::net {

/// What an exchange uses. All of it outlives the exchange.
struct ExchangeRoom {
  Channel& channel;
  const std::string& authority;  ///< for the Host header
  /// Shared by all exchanges of a thread: nothing stays in it during a wait.
  std::span<char> scratch;
  std::size_t max_body_bytes;
};

struct Exchanged {
  HttpResponse response;
  bool reusable;  ///< the connection can be used for another request
};

/// Sends a request on a connection and reads its response to the end. Errors: timeout, broken.
asio::awaitable<std::expected<Exchanged, TransportError>> round_trip(
    ExchangeRoom room, const HttpRequest* request, Channel::Clock::time_point deadline);

}  // namespace picus::net
