#pragma once

#include <cstdint>
#include <string_view>

namespace picus {

/// CRC-32C (Castagnoli) of `bytes`, going on from the checksum of what comes before; that of
/// nothing is 0. By the processor's instruction where it has one.
std::uint32_t crc32c(std::uint32_t before, std::string_view bytes);

/// The same without that instruction.
std::uint32_t portable_crc32c(std::uint32_t before, std::string_view bytes);

}  // namespace picus
