#pragma once

#include <cstdint>
#include <string_view>

namespace picus {

/// CRC-32C (Castagnoli) of `bytes`, continued from the checksum of the bytes before; the initial
/// checksum is 0. Uses the instruction of the processor if it has one.
std::uint32_t crc32c(std::uint32_t before, std::string_view bytes);

/// The same without that instruction.
std::uint32_t portable_crc32c(std::uint32_t before, std::string_view bytes);

}  // namespace picus
