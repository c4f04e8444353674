#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace picus::issuers {

/// The parts of an `https` URL for a request.
struct HttpsUrl {
  std::string origin;  ///< `https://issuer.example.com:8443`
  std::string target;  ///< path and query; `/` if there is none

  /// Nothing if it is not such a URL, or has a user name or a fragment.
  static std::optional<HttpsUrl> parse(std::string_view text);
};

}  // namespace picus::issuers
