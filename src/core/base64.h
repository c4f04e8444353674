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

/// Decodes base64 (RFC 4648, 4); nothing if the text is not base64. Padding is optional; white
/// space is not allowed.
std::optional<std::string> decode_base64(std::string_view text);

/// The bytes of a base64url text without padding (RFC 4648, 5). Nothing if another text would have
/// the same bytes: with padding, white space, or non-zero bits after the last byte.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace picus
