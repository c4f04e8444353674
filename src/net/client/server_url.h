#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace picus::net {

/// Which server to talk to.
struct ServerUrl {
  bool tls = false;
  std::string host;  ///< a name or an IP address, the latter without brackets
  std::uint16_t port = 0;
  std::string authority;  ///< for the Host header: with brackets, and with a port that was given

  /// `http://host`, `https://host:port`, `http://[::1]:port`; a slash may follow, a path may not.
  static std::optional<ServerUrl> parse(const std::string& url);
  /// Where `host` is an IP address, or `localhost`, what Address::parse takes; else nothing.
  [[nodiscard]] std::optional<std::string> literal_address() const;
};

}  // namespace picus::net
