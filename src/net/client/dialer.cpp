#include "net/client/dialer.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "net/deadline_timer.h"
#include "net/unix_path.h"

namespace picus::net {

using Clock = Channel::Clock;
using Outcome = Channel::Outcome;

namespace {

/// The least that an address gets where several share the time: a round trip around the world.
constexpr std::chrono::milliseconds kLeastShare{300};

Clock::time_point share_of(Clock::time_point deadline, std::size_t addresses_left,
                           std::chrono::milliseconds connect_timeout) {
  const auto now = Clock::now();
  const auto fair = (deadline - now) / static_cast<Clock::rep>(addresses_left);
  const auto share = std::max<Clock::duration>(fair, kLeastShare);
  return std::min(deadline, now + std::min<Clock::duration>(share, connect_timeout));
}

TransportError error_of(TransportError::Kind kind, std::string message) {
  return {.kind = kind, .sent = false, .message = std::move(message)};
}

/// Connects within the deadline. The address outlives the call.
asio::awaitable<Outcome> connect(const Socket::Executor* executor, Channel* channel,
                                 const sockaddr* address, socklen_t address_bytes,
                                 Clock::time_point deadline) {
  const DeadlineTimer::Guard guard(DeadlineTimer::of(*executor), channel->socket(), deadline);
  co_return co_await channel->connect(address, address_bytes, deadline);
}

}  // namespace

std::expected<TlsClient*, std::string> Trust::client() {
  std::call_once(once_, [this] { client_ = TlsClient::make(ca_bundle_); });
  if (!client_) return std::unexpected(client_.error());
  return client_->get();
}

asio::awaitable<std::expected<std::unique_ptr<Channel>, TransportError>> Dialer::dial(
    Clock::time_point deadline) {
  using Kind = TransportError::Kind;
  if (!server_.unix_path.empty()) co_return co_await dial_path(deadline);
  auto addresses = co_await room_.resolver.resolve(server_, deadline);
  if (!addresses) {
    const bool late = Clock::now() >= deadline;
    co_return std::unexpected(
        error_of(late ? Kind::timeout : Kind::resolve, std::move(addresses.error())));
  }
  auto channel = co_await try_in_turn(std::move(*addresses), deadline);
  if (!channel || !server_.tls) co_return std::move(channel);
  auto fault = co_await secure(channel->get(), deadline);
  if (fault) co_return std::unexpected(std::move(*fault));
  co_return std::move(channel);
}

asio::awaitable<std::expected<std::unique_ptr<Channel>, TransportError>> Dialer::dial_path(
    Clock::time_point deadline) {
  using Kind = TransportError::Kind;
  const auto path = UnixPath::of(server_.unix_path);
  if (!path) {
    co_return std::unexpected(error_of(Kind::connect, std::system_category().message(errno)));
  }
  auto channel = std::make_unique<Channel>(room_.executor, AF_UNIX);
  const Outcome outcome = co_await connect(&room_.executor, channel.get(), path->socket_address(),
                                           path->socket_address_bytes(), deadline);
  if (outcome == Outcome::done) co_return std::move(channel);
  const bool overdue = outcome == Outcome::overdue;
  co_return std::unexpected(error_of(overdue ? Kind::timeout : Kind::connect,
                                     overdue ? "no connection in time" : channel->fault()));
}

/// An error of the server.
TransportError Dialer::error_of_server(TransportError::Kind kind, std::string message) const {
  TransportError error = error_of(kind, std::move(message));
  error.server = server_.authority;
  return error;
}

/// Which of the server's addresses, to stand before a message; empty: it is the server's name.
std::string Dialer::place_of(const Address& address) const {
  constexpr std::string_view kScheme = "http://";
  std::string url = address.url();
  if (url.starts_with(kScheme)) url.erase(0, kScheme.size());
  return url == server_.authority ? "" : url + ": ";
}

asio::awaitable<std::expected<std::unique_ptr<Channel>, TransportError>> Dialer::try_in_turn(
    std::vector<Address> addresses, Clock::time_point deadline) {
  TransportError last = error_of(TransportError::Kind::timeout, "no time left to connect");
  const std::size_t first = turn_;  // others may dial meanwhile
  for (std::size_t i = 0; i < addresses.size() && Clock::now() < deadline; ++i) {
    const Address& address = addresses[(first + i) % addresses.size()];
    const auto until = share_of(deadline, addresses.size() - i, room_.connect_timeout);
    auto channel = std::make_unique<Channel>(room_.executor, address.family());
    const Outcome outcome =
        co_await connect(&room_.executor, channel.get(), address.socket_address(),
                         address.socket_address_bytes(), until);
    turn_ = first + i;
    if (outcome == Outcome::done) co_return std::move(channel);
    const bool overdue = outcome == Outcome::overdue;
    last =
        error_of_server(overdue && Clock::now() >= deadline ? TransportError::Kind::timeout
                                                            : TransportError::Kind::connect,
                        place_of(address) + (overdue ? "no connection in time" : channel->fault()));
  }
  ++turn_;
  co_return std::unexpected(std::move(last));
}

asio::awaitable<std::optional<TransportError>> Dialer::secure(Channel* channel,
                                                              Clock::time_point deadline) {
  using Kind = TransportError::Kind;
  auto client = room_.trust.client();
  if (!client) co_return error_of(Kind::tls, std::move(client.error()));
  const DeadlineTimer::Guard guard(DeadlineTimer::of(room_.executor), channel->socket(), deadline);
  const Outcome outcome = co_await channel->secure(*client, server_, deadline);
  if (outcome == Outcome::done) co_return std::nullopt;
  const bool overdue = outcome == Outcome::overdue;
  if (!overdue) ++turn_;
  co_return error_of_server(overdue ? Kind::timeout : Kind::tls,
                            overdue ? "no TLS handshake in time" : channel->fault());
}

}  // namespace picus::net
