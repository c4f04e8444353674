#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace picus::lambda {

/// Decodes base64 (RFC 4648, section 4); nothing if the text is not base64. Padding is optional;
/// white space is not allowed.
std::optional<std::string> base64_decode(std::string_view text);

/// Appends RFC 4648, section 4, with padding.
void append_base64(std::string& out, std::string_view bytes);

}  // namespace picus::lambda
