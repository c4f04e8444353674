#pragma once

#include <optional>
#include <string_view>

namespace picus {

/// Whom a request is for, as a Host header or the authority of a request target names it:
/// `host[:port]` (RFC 9110, 7.2; RFC 3986, 3.2.2).
struct Host {
  std::string_view name;    ///< without the port; an IPv6 address with its brackets; may be empty
  bool is_address = false;  ///< an IP literal, which no DNS server can make mean something else

  /// Nothing where the text is not a host with an optional port of at most 65535: user names, zone
  /// ids and IPvFuture are refused too.
  static std::optional<Host> parse(std::string_view text);

  /// Whether both are the same name, but for case and the dot that may end a full name.
  [[nodiscard]] bool is_named(std::string_view other) const;
  /// Whether it is `localhost` or a name under it (RFC 6761, 6.3).
  [[nodiscard]] bool is_localhost() const;
};

}  // namespace picus
