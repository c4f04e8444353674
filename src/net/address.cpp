#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>

namespace picus::net {

namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kTlsPrefix = "tls:";

std::unexpected<std::string> refused(const std::string& listen) {
  return std::unexpected(
      "'" + listen +
      "' is not a valid address to listen on: give ADDRESS:PORT, [IPv6]:PORT, localhost:PORT, one "
      "of these after tls:, or unix:/PATH, with a port from 0 to 65535.");
}

/// A socket address of one family, in the storage that takes all of them.
template <typename Family>
void store(sockaddr_storage& storage, const Family& address) {
  static_assert(sizeof(Family) <= sizeof(sockaddr_storage));
  std::memcpy(&storage, &address, sizeof address);
}

template <typename Family>
Family load(const sockaddr_storage& storage) {
  Family address;
  std::memcpy(&address, &storage, sizeof address);
  return address;
}

bool fill_v4(sockaddr_storage& storage, const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return false;
  store(storage, address);
  return true;
}

bool fill_v6(sockaddr_storage& storage, const std::string& host, std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  if (inet_pton(AF_INET6, host.c_str(), &address.sin6_addr) != 1) return false;
  store(storage, address);
  return true;
}

}  // namespace

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return port;
}

std::expected<Address, std::string> Address::parse(const std::string& listen) {
  Address address;
  if (listen.starts_with(kUnixPrefix)) {
    const std::string path = listen.substr(kUnixPrefix.size());
    if (path.empty() || path.ends_with('/') || path.contains('\0')) return refused(listen);
    address.path_ = std::filesystem::absolute(path).lexically_normal().string();
    return address;
  }
  address.tls_ = listen.starts_with(kTlsPrefix);
  const std::string tcp = listen.substr(address.tls_ ? kTlsPrefix.size() : 0);
  const auto colon = tcp.rfind(':');
  if (colon == std::string::npos) return refused(listen);
  const auto port = parse_port(std::string_view(tcp).substr(colon + 1));
  if (!port) return refused(listen);
  std::string host = tcp.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    if (!fill_v6(address.tcp_, host.substr(1, host.size() - 2), *port)) return refused(listen);
    return address;
  }
  if (host == "localhost") host = "127.0.0.1";
  if (!fill_v4(address.tcp_, host, *port)) return refused(listen);
  return address;
}

Address Address::of(const sockaddr& address, unsigned port) {
  Address found;
  const in_port_t net_port = htons(static_cast<std::uint16_t>(port));
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    v6.sin6_port = net_port;
    store(found.tcp_, v6);
  } else {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    v4.sin_port = net_port;
    store(found.tcp_, v4);
  }
  return found;
}

Address Address::of_socket(int descriptor, bool tls) {
  Address address;
  address.tls_ = tls;
  socklen_t bytes = sizeof address.tcp_;
  ::getsockname(descriptor, std::bit_cast<sockaddr*>(&address.tcp_), &bytes);
  return address;
}

const sockaddr* Address::socket_address() const { return std::bit_cast<const sockaddr*>(&tcp_); }

socklen_t Address::socket_address_bytes() const {
  return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

unsigned Address::port() const {
  if (is_unix()) return 0;
  return family() == AF_INET6 ? ntohs(load<sockaddr_in6>(tcp_).sin6_port)
                              : ntohs(load<sockaddr_in>(tcp_).sin_port);
}

bool Address::is_local() const {
  if (is_unix()) return true;
  if (family() == AF_INET6) {
    const auto address = load<sockaddr_in6>(tcp_);
    return IN6_IS_ADDR_LOOPBACK(&address.sin6_addr) != 0;
  }
  return (ntohl(load<sockaddr_in>(tcp_).sin_addr.s_addr) >> 24U) == 127;
}

std::string Address::url() const {
  if (is_unix()) return std::string(kUnixPrefix) + path_;
  std::array<char, INET6_ADDRSTRLEN> host{};
  const std::string port = std::to_string(this->port());
  const std::string scheme = tls_ ? "https://" : "http://";
  if (family() == AF_INET6) {
    const auto address = load<sockaddr_in6>(tcp_);
    inet_ntop(AF_INET6, &address.sin6_addr, host.data(), host.size());
    return scheme + "[" + std::string(host.data()) + "]:" + port;
  }
  const auto address = load<sockaddr_in>(tcp_);
  inet_ntop(AF_INET, &address.sin_addr, host.data(), host.size());
  return scheme + std::string(host.data()) + ":" + port;
}

std::expected<bool, std::string> is_local(const std::string& listen) {
  const auto address = Address::parse(listen);
  if (!address) return std::unexpected(address.error());
  return address->is_local();
}

}  // namespace picus::net
