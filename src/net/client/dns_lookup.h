#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "net/address.h"
#include "net/watch.h"

namespace picus::net {

/// What the name servers said about a host.
struct DnsAnswer {
  std::vector<Address> addresses = {};  ///< with port 0, in the order to try them (RFC 6724)
  std::chrono::seconds ttl{0};
  bool refused = false;    ///< there is no such host: that is an answer too
  std::string fault = {};  ///< why there are no addresses
};

/// Looks in /etc/hosts, then asks the name servers for A and AAAA. `name_servers`:
/// `10.0.0.2:53,[::1]:53`; empty: those of /etc/resolv.conf, which is read anew each time. Ends
/// within seconds. `watch` outlives it and belongs to `executor`.
asio::awaitable<DnsAnswer> look_up(Wire::Executor executor, Watch* watch, std::string host,
                                   std::string name_servers);

}  // namespace picus::net
