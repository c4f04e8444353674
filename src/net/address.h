#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace picus::net {

/// A decimal number from 0 to 65535, or nothing.
std::optional<std::uint16_t> parse_port(std::string_view text);

/// The address of a server: an IP address with a port, with or without TLS, or the path of a Unix
/// socket.
class Address {
 public:
  /// `host:port`, `[v6]:port`, both also after `tls:`, `unix:/path`; host is an IP address or
  /// `localhost` (127.0.0.1). The error is for the user, and has `listen`.
  static std::expected<Address, std::string> parse(const std::string& listen);
  /// An IP address with this port. Its family is AF_INET or AF_INET6.
  static Address of(const sockaddr& address, unsigned port);
  /// The address that a listening TCP socket is bound to.
  static Address of_socket(int descriptor, bool tls);

  [[nodiscard]] bool is_unix() const { return !path_.empty(); }
  [[nodiscard]] bool is_tls() const { return tls_; }
  /// Absolute; empty unless is_unix().
  [[nodiscard]] const std::string& path() const { return path_; }
  /// For bind(2) and connect(2), unless is_unix().
  [[nodiscard]] const sockaddr* socket_address() const;
  [[nodiscard]] socklen_t socket_address_bytes() const;
  [[nodiscard]] int family() const { return tcp_.ss_family; }
  /// Port 0: the kernel chooses a free port.
  [[nodiscard]] unsigned port() const;
  [[nodiscard]] bool is_local() const;

  /// `http://127.0.0.1:8080`, `https://[::1]:8443`, `unix:/path`: equal addresses have equal texts.
  [[nodiscard]] std::string url() const;

 private:
  Address() = default;
  std::string path_;
  sockaddr_storage tcp_{};
  bool tls_ = false;
};

/// Whether this listening address, as Address::parse() takes it, can be reached only from this
/// machine: a loopback address or a Unix socket. The error is for the user.
std::expected<bool, std::string> is_local(const std::string& listen);

}  // namespace picus::net
