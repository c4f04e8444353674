#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace picus::net {

/// Where a server listens.
struct ServerUrl {
  bool tls = false;
  std::string host = {};  ///< a name or an IP address, the latter without brackets
  std::uint16_t port = 0;
  std::string unix_path = {};  ///< instead of host and port: of a Unix socket
  /// For the Host header: with brackets, and with the port if it was given.
  std::string authority = {};

  /// `http://host`, `https://host:port`, `http://[::1]:port`; a slash may follow, but no path. The
  /// scheme may be in upper case.
  static std::optional<ServerUrl> parse(const std::string& url);
  /// If `host` is an IP address or `localhost`: an argument for Address::parse; otherwise nothing.
  [[nodiscard]] std::optional<std::string> literal_address() const;
};

}  // namespace picus::net
