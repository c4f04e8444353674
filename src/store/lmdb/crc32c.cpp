#include "store/lmdb/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <nmmintrin.h>
#define PICUS_CRC32C_TARGET __attribute__((target("sse4.2")))
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>
#define PICUS_CRC32C_TARGET __attribute__((target("crc")))
#endif

namespace picus {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  constexpr std::uint32_t kReversedPolynomial = 0x82F63B78;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kReversedPolynomial : 0);
    }
    table[byte] = crc;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kCrcTable = make_table();

#ifdef PICUS_CRC32C_TARGET

#if defined(__x86_64__)

PICUS_CRC32C_TARGET inline std::uint32_t add_word(std::uint32_t crc, std::uint64_t word) {
  return static_cast<std::uint32_t>(_mm_crc32_u64(crc, word));
}
PICUS_CRC32C_TARGET inline std::uint32_t add_byte(std::uint32_t crc, unsigned char byte) {
  return _mm_crc32_u8(crc, byte);
}
bool has_instruction() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) == 1 && (c & bit_SSE4_2) != 0;
}

#else

PICUS_CRC32C_TARGET inline std::uint32_t add_word(std::uint32_t crc, std::uint64_t word) {
  return __crc32cd(crc, word);
}
PICUS_CRC32C_TARGET inline std::uint32_t add_byte(std::uint32_t crc, unsigned char byte) {
  return __crc32cb(crc, byte);
}
bool has_instruction() { return (::getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

#endif

PICUS_CRC32C_TARGET std::uint32_t fast_crc32c(std::uint32_t before, std::string_view bytes) {
  std::uint32_t crc = ~before;
  // Four at a time: what a loop costs besides is a quarter then.
  using Words = std::array<std::uint64_t, 4>;
  while (bytes.size() >= sizeof(Words)) {
    Words words{};
    std::memcpy(words.data(), bytes.data(), sizeof words);
    crc = add_word(crc, words[0]);
    crc = add_word(crc, words[1]);
    crc = add_word(crc, words[2]);
    crc = add_word(crc, words[3]);
    bytes.remove_prefix(sizeof words);
  }
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    crc = add_word(crc, word);
    bytes.remove_prefix(sizeof word);
  }
  for (const char byte : bytes) crc = add_byte(crc, static_cast<unsigned char>(byte));
  return ~crc;
}

const bool kHasInstruction = has_instruction();

#endif

}  // namespace

std::uint32_t portable_crc32c(std::uint32_t before, std::string_view bytes) {
  std::uint32_t crc = ~before;
  for (const char byte : bytes) {
    crc = (crc >> 8U) ^ kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU];
  }
  return ~crc;
}

std::uint32_t crc32c(std::uint32_t before, std::string_view bytes) {
#ifdef PICUS_CRC32C_TARGET
  if (kHasInstruction) return fast_crc32c(before, bytes);
#endif
  return portable_crc32c(before, bytes);
}

}  // namespace picus
