#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace picus::auth {

/// An API token is `picus_`, 43 random characters and 6 check characters, all of 0-9, A-Z and a-z.
/// With the check characters, scanners recognize a leaked token without a request to a server. They
/// are the first 8 bytes of the SHA-256 of the text before them, as a big-endian number modulo
/// 62^6, in base 62 with the digits in the order of ASCII.
inline constexpr std::string_view kApiTokenPrefix = "picus_";
inline constexpr std::size_t kApiTokenBytes = 55;

/// The digest that is stored instead of a token. The token has 256 random bits, so that a plain
/// SHA-256 cannot be inverted by search.
using TokenDigest = std::array<std::uint8_t, 32>;

/// The token of these random bytes.
std::string api_token(std::span<const std::uint8_t, 32> random);
/// A token of bytes from the random source of the system.
std::string new_api_token();

/// Whether length, characters and check characters are those of an API token.
bool is_api_token(std::string_view text);

TokenDigest digest_of(std::string_view token);

}  // namespace picus::auth
