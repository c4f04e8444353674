#pragma once

#include <boost/asio/awaitable.hpp>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "net/address.h"
#include "net/client/server_url.h"
#include "net/socket.h"

namespace picus::net {

/// Finds the addresses of servers. Results are cached for their TTL, and concurrent lookups of a
/// name share one query. While the name servers do not respond, the last result stays valid. For
/// one thread, that of its io_context.
class Resolver {
 public:
  /// `name_servers`: see look_up().
  Resolver(Socket::Executor executor, std::string name_servers);
  ~Resolver();

  /// The addresses to try, at least one, or a description of the error.
  asio::awaitable<std::expected<std::vector<Address>, std::string>> resolve(
      ServerUrl server, Socket::Clock::time_point deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace picus::net
