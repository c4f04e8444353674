#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace picus {

/// Appends RFC 4648, section 4, with padding.
void append_base64(std::string& out, std::span<const std::uint8_t> bytes);

/// Appends RFC 4648, section 5, without padding.
void append_base64url(std::string& out, std::span<const std::uint8_t> bytes);

/// The bytes of a base64 text (RFC 4648, 4); nothing where it is none. Padding may be left out;
/// white space may not be there.
std::optional<std::string> decode_base64(std::string_view text);

/// The bytes of a base64url text without padding (RFC 4648, 5). Nothing where another text could
/// stand for the same bytes: padding, white space, bits behind the last byte that are not zero.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace picus
