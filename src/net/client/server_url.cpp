#include "net/client/server_url.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "core/ascii.h"
#include "net/address.h"

namespace picus::net {

namespace {

constexpr std::string_view kPlain = "http://";
constexpr std::string_view kTls = "https://";
constexpr std::uint16_t kPlainPort = 80;
constexpr std::uint16_t kTlsPort = 443;
constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035, 2.3.4, as text

/// Schemes have no case (RFC 3986, 3.1).
bool begins_with(std::string_view url, std::string_view scheme) {
  return equals_ignoring_case(url.substr(0, scheme.size()), scheme);
}

bool is_v4(const std::string& host) {
  in_addr ignored{};
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1;
}

bool is_v6(const std::string& host) {
  in6_addr ignored{};
  return inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxHostBytes && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

}  // namespace

std::optional<ServerUrl> ServerUrl::parse(const std::string& url) {
  ServerUrl server;
  server.tls = begins_with(url, kTls);
  if (!server.tls && !begins_with(url, kPlain)) return std::nullopt;
  server.authority = url.substr(server.tls ? kTls.size() : kPlain.size());
  if (server.authority.ends_with('/')) server.authority.pop_back();

  const std::string& authority = server.authority;
  const bool brackets = authority.starts_with('[');
  const std::size_t end = brackets ? authority.find(']') : authority.find(':');
  if (brackets && end == std::string::npos) return std::nullopt;
  server.host = brackets ? authority.substr(1, end - 1) : authority.substr(0, end);
  if (brackets ? !is_v6(server.host) : !is_host_name(server.host)) return std::nullopt;

  const std::size_t rest = brackets ? end + 1 : std::min(end, authority.size());
  server.port = server.tls ? kTlsPort : kPlainPort;
  if (rest < authority.size()) {
    if (authority[rest] != ':') return std::nullopt;
    server.port = parse_port(std::string_view(authority).substr(rest + 1)).value_or(0);
  }
  return server.port == 0 ? std::nullopt : std::optional(std::move(server));
}

std::optional<std::string> ServerUrl::literal_address() const {
  const std::string tail = ":" + std::to_string(port);
  if (host == "localhost" || is_v4(host)) return host + tail;
  if (is_v6(host)) return "[" + host + "]" + tail;
  return std::nullopt;
}

}  // namespace picus::net
