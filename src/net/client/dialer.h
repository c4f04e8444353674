#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/client/channel.h"
#include "net/client/resolver.h"
#include "net/client/transport_error.h"

namespace picus::net {

/// The trusted certificates of all connections, read from their files on first use. Thread-safe.
class Trust {
 public:
  explicit Trust(std::filesystem::path ca_bundle) : ca_bundle_(std::move(ca_bundle)) {}
  /// Blocks for some milliseconds the first time. The error names the file that cannot be used.
  std::expected<TlsClient*, std::string> client();

 private:
  std::filesystem::path ca_bundle_;
  std::once_flag once_;
  std::expected<std::unique_ptr<TlsClient>, std::string> client_;
};

/// What the dialers of an io_context share.
struct DialRoom {
  Socket::Executor executor;
  Resolver& resolver;
  Trust& trust;
  std::chrono::milliseconds connect_timeout;
};

/// Connects to one server. Tries its addresses in turn, starting with the last one that succeeded.
/// For one thread.
class Dialer {
 public:
  /// `room` outlives it.
  Dialer(DialRoom& room, ServerUrl server) : room_(room), server_(std::move(server)) {}

  /// A connection that is ready for HTTP. Errors: resolve, connect, tls, timeout.
  asio::awaitable<std::expected<std::unique_ptr<Channel>, TransportError>> dial(
      Channel::Clock::time_point deadline);

  [[nodiscard]] const ServerUrl& server() const { return server_; }

 private:
  asio::awaitable<std::expected<std::unique_ptr<Channel>, TransportError>> dial_path(
      Channel::Clock::time_point deadline);
  [[nodiscard]] TransportError error_of_server(TransportError::Kind kind,
                                               std::string message) const;
  [[nodiscard]] std::string place_of(const Address& address) const;
  asio::awaitable<std::expected<std::unique_ptr<Channel>, TransportError>> try_in_turn(
      std::vector<Address> addresses, Channel::Clock::time_point deadline);
  asio::awaitable<std::optional<TransportError>> secure(Channel* channel,
                                                        Channel::Clock::time_point deadline);

  DialRoom& room_;
  ServerUrl server_;
  std::size_t turn_ = 0;
};

}  // namespace picus::net
