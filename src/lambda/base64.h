#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace picus::lambda {

/// The bytes that the text stands for (RFC 4648, section 4); nothing where it is not base64.
/// Padding may be left out; white space may not be there.
std::optional<std::string> base64_decode(std::string_view text);

/// Appends RFC 4648, section 4, with padding.
void append_base64(std::string& out, std::string_view bytes);

}  // namespace picus::lambda
