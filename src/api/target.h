#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/error.h"

namespace picus {

/// The text without unnecessary escapes: replaces %XX of an unreserved character by the character
/// (RFC 3986, 6.2.2.2). Everything else is unchanged, so that decoding gives the same result.
std::string without_needless_escapes(std::string_view text);

/// The parts of a request target, not decoded.
struct Target {
  std::string_view path;
  std::string_view query;  ///< without the question mark

  static Target split(std::string_view target);

  /// The form-decoded value of a query parameter, or nothing if it is absent. Errors:
  /// invalid_parameter (it occurs twice, or its encoding is malformed).
  [[nodiscard]] Result<std::optional<std::string>> parameter(std::string_view name) const;

  /// Refuses a query with a parameter that is not one of `known`: ignoring it could have the
  /// opposite effect of what the client meant. Errors: invalid_parameter (the message has the
  /// parameter and the known ones), even if a parameter occurs twice or its encoding is malformed.
  [[nodiscard]] Result<void> expect_only(std::span<const std::string_view> known) const;
};

}  // namespace picus
