#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace picus::auth {

/// The bytes of a base64url text without padding (RFC 4648, 5). Nothing if another text would have
/// the same bytes: with padding, white space, or non-zero bits after the last byte.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace picus::auth
