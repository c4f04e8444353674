#include "cli/share.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "auth/api_token.h"
#include "auth/configuration.h"
#include "auth/scope.h"
#include "cli/shell_word.h"
#include "core/concat.h"

namespace picus::cli {
namespace {

constexpr std::string_view kLoopback = "127.0.0.1:";
constexpr std::string_view kAny = "0.0.0.0:";
constexpr std::string_view kUnix = "unix:";

/// The text of an address that other machines can use; empty: it is another one.
std::string usable_text(const ifaddrs& one, int family) {
  const bool is_usable = one.ifa_addr != nullptr && one.ifa_addr->sa_family == family &&
                         (one.ifa_flags & IFF_UP) != 0 && (one.ifa_flags & IFF_LOOPBACK) == 0;
  if (!is_usable) return "";
  const void* address = &reinterpret_cast<const sockaddr_in*>(one.ifa_addr)->sin_addr;
  if (family == AF_INET6) {
    const in6_addr& wide = reinterpret_cast<const sockaddr_in6*>(one.ifa_addr)->sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&wide)) return "";
    address = &wide;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, address, text.data(), text.size()) == nullptr ? "" : text.data();
}

/// An address of this family that others know this machine by.
std::string own_address(int family) {
  std::string found;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) == 0) {
    for (const ifaddrs* one = first; one != nullptr && found.empty(); one = one->ifa_next) {
      found = usable_text(*one, family);
    }
    ::freeifaddrs(first);
  }
  if (family == AF_INET6) return "[" + (found.empty() ? "::1" : found) + "]";
  return found.empty() ? "127.0.0.1" : found;
}

/// Without the scheme.
std::string_view address_of(std::string_view url) { return url.substr(url.find("://") + 3); }

bool is_for_others(std::string_view url) {
  return !url.starts_with(kUnix) && !address_of(url).starts_with("127.") &&
         !address_of(url).starts_with("[::1]:");
}

/// With an address of this machine in place of the one that stands for all.
std::string reachable(std::string url) {
  constexpr std::string_view kAny6 = "[::]:";
  if (url.starts_with(kUnix)) return url;
  const std::size_t at = url.find("://") + 3;
  for (const auto& [any, family] : {std::pair(kAny, AF_INET), std::pair(kAny6, AF_INET6)}) {
    if (url.substr(at).starts_with(any)) url.replace(at, any.size() - 1, own_address(family));
  }
  return url;
}

struct Request {
  std::string_view arguments;
  std::string_view path;
};

/// One that the token permits, if there is any that the server offers.
Request request_for(const ServeOptions& options) {
  const auth::Scopes scopes = auth::Scopes::known_of(options.scopes);
  const Operations& offered = options.api.operations;
  if (scopes.has(auth::Scope::items_read) && offered.list) return {"", "/picus/list"};
  if (scopes.has(auth::Scope::items_read) && offered.get) return {"", "/picus/get/KEY"};
  if (scopes.has(auth::Scope::items_write) && offered.put) {
    return {R"(-d '{"text":"hello"}' )", "/picus/put"};
  }
  if (scopes.has(auth::Scope::items_delete) && offered.remove) {
    return {"-X DELETE ", "/picus/KEY"};
  }
  return {"", "/"};
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

std::string curl_command(const std::vector<std::string>& urls, const ServeOptions& options,
                         const std::string& token) {
  std::vector<std::string> known;
  std::ranges::transform(urls, std::back_inserter(known), reachable);
  auto best = std::ranges::find_if(known, is_for_others);
  if (best == known.end()) {
    best = std::ranges::find_if_not(known, [](auto& url) { return url.starts_with(kUnix); });
  }
  const std::string& url = best == known.end() ? known.front() : *best;
  const Request request = request_for(options);
  const std::string command =
      concat("curl -H 'Authorization: Bearer ", token, "' ", request.arguments);
  if (url.starts_with(kUnix)) {
    return concat(command, "--unix-socket ", single_quoted(url.substr(kUnix.size())),
                  " http://localhost", request.path);
  }
  const std::string target = concat(url, request.path);
  return command + (target.contains('[') ? single_quoted(target) : target);
}

}  // namespace picus::cli
