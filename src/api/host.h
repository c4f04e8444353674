#pragma once

#include <optional>
#include <string_view>

namespace picus {

/// The host of a request, from the Host header or the authority of the request target:
/// `host[:port]` (RFC 9110, 7.2; RFC 3986, 3.2.2).
struct Host {
  std::string_view name;    ///< without the port; an IPv6 address with its brackets; may be empty
  bool is_address = false;  ///< an IP literal, which does not depend on DNS

  /// Nothing if the text is not a host with an optional port of at most 65535. User names, zone ids
  /// and IPvFuture are refused too.
  static std::optional<Host> parse(std::string_view text);

  /// Whether both are the same name, ignoring case and a trailing dot.
  [[nodiscard]] bool is_named(std::string_view other) const;
  /// Whether it is `localhost` or a subdomain of it (RFC 6761, 6.3).
  [[nodiscard]] bool is_localhost() const;
};

}  // namespace picus
