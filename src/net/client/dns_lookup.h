#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "net/address.h"
#include "net/socket.h"

namespace picus::net {

/// The result of a DNS lookup.
struct DnsAnswer {
  std::vector<Address> addresses = {};  ///< with port 0, in the order to try them (RFC 6724)
  std::chrono::seconds ttl{0};
  bool refused = false;    ///< the name servers responded that the host does not exist
  std::string fault = {};  ///< why there are no addresses
};

/// Looks in /etc/hosts, then queries the name servers for A and AAAA records. `name_servers`:
/// `10.0.0.2:53,[::1]:53`; empty: the ones in /etc/resolv.conf, which is read each time. Ends
/// within seconds.
asio::awaitable<DnsAnswer> look_up(Socket::Executor executor, std::string host,
                                   std::string name_servers);

}  // namespace picus::net
