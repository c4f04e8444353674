#include "cli/share.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <array>

#include "auth/api_token.h"
#include "auth/configuration.h"

namespace picus::cli {
namespace {

constexpr std::string_view kLoopback = "127.0.0.1:";
constexpr std::string_view kAny = "0.0.0.0:";

/// An IPv4 address that others know this machine by.
std::string own_address() {
  std::string found = "127.0.0.1";
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return found;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    const bool is_usable = one->ifa_addr != nullptr && one->ifa_addr->sa_family == AF_INET &&
                           (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_LOOPBACK) == 0;
    if (!is_usable) continue;
    std::array<char, INET_ADDRSTRLEN> text{};
    const auto* const address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    if (::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size()) == nullptr) continue;
    found = text.data();
    break;
  }
  ::freeifaddrs(first);
  return found;
}

}  // namespace

std::string share(ServeOptions& options) {
  std::string token = auth::new_api_token();
  auth::Configuration configuration;
  configuration.tokens.push_back({.name = "shared",
                                  .digest = auth::digest_of(token),
                                  .scopes = auth::Scopes::known_of(options.scopes),
                                  .expires = {}});
  options.access.text = auth::text_of(configuration, auth::Digests::shown);
  // An address that somebody chose stays, even one that no other machine reaches.
  if (options.server.listen == net::ServerOptions().listen) {
    std::string& address = options.server.listen.front();
    address.replace(0, kLoopback.size(), kAny);
  }
  return token;
}

std::string curl_command(const std::vector<std::string>& urls, const std::string& token) {
  std::string url = urls.front();
  for (const std::string scheme : {"http://", "https://"}) {
    const std::string any = scheme + std::string(kAny);
    if (url.starts_with(any)) url.replace(0, any.size(), scheme + own_address() + ":");
  }
  return "curl -H 'Authorization: Bearer " + token + "' " + url + "/picus/list";
}

}  // namespace picus::cli
