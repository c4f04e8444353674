#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace picus::auth {

/// An API token is `picus_`, 43 random characters and 6 check characters, all of 0-9, A-Z and a-z.
/// The check characters let scanners recognise a leaked token without asking a server: they are
/// the first 8 bytes of the SHA-256 of all that comes before them, as a big-endian number modulo
/// 62^6, in base 62 with the digits in the order of ASCII.
inline constexpr std::string_view kApiTokenPrefix = "picus_";
inline constexpr std::size_t kApiTokenBytes = 55;

/// What is stored in place of a token. The token has 256 random bits, so that a plain SHA-256
/// cannot be searched.
using TokenDigest = std::array<std::uint8_t, 32>;

/// The token that these random bytes make.
std::string api_token(std::span<const std::uint8_t, 32> random);
/// A token of bytes from the system's random source.
std::string new_api_token();

/// Whether length, characters and check characters are those of an API token.
bool is_api_token(std::string_view text);

TokenDigest digest_of(std::string_view token);

}  // namespace picus::auth
