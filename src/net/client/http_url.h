#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace picus::net {

/// The parts of an `http` or `https` URL for a request.
struct HttpUrl {
  bool tls = false;
  std::string origin;  ///< `https://example.com:8443`
  std::string host;    ///< a name or an IP address, the latter without brackets
  std::string target;  ///< path and query; `/` if there is none

  /// Nothing if it is not such a URL, or has a user name or a fragment.
  static std::optional<HttpUrl> parse(std::string_view text);
};

}  // namespace picus::net
