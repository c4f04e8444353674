#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace picus {

/// SHA-256 of the concatenated parts.
std::array<std::uint8_t, 32> sha256(std::initializer_list<std::string_view> parts);

/// HMAC with SHA-256 (RFC 2104).
std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::string_view text);

}  // namespace picus
