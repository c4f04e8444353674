#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace picus::auth {

/// The bytes of a base64url text without padding (RFC 4648, 5). Nothing where another text could
/// stand for the same bytes: padding, white space, bits behind the last byte that are not zero.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace picus::auth
