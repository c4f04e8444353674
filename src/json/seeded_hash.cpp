#include "json/seeded_hash.h"

#include <random>

#include "json/word.h"

namespace picus::json {
namespace {

struct Seed {
  std::uint64_t a;
  std::uint64_t b;
};

std::uint64_t random_word(std::random_device& device) {
  return (std::uint64_t{device()} << 32) | device();
}

const Seed& seed() {
  static const Seed kSeed = [] {
    std::random_device device;
    return Seed{random_word(device) | 1, random_word(device) | 1};
  }();
  return kSeed;
}

// Both halves of the 128-bit product, folded: every bit of either factor reaches every
// bit of the result.
std::uint64_t mix(std::uint64_t x, std::uint64_t y) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(x) * y;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// The last `left` bytes (1 to 7) of a text; together with its size, they differ where the texts
/// do.
std::uint64_t load_rest(std::string_view text, std::size_t left) {
  const std::size_t size = text.size();
  if (size >= 8) return word_at<std::uint64_t>(text, size - 8);
  if (left >= 4) {
    return word_at<std::uint32_t>(text, size - left) | word_at<std::uint32_t>(text, size - 4) << 32;
  }
  return word_at<std::uint8_t>(text, size - left) |
         word_at<std::uint8_t>(text, size - ((left / 2) + 1)) << 8 |
         word_at<std::uint8_t>(text, size - 1) << 16;
}

}  // namespace

std::size_t seeded_hash(std::string_view text, std::uint64_t number) {
  const Seed& key = seed();
  std::uint64_t hash = mix(number ^ key.a, text.size() ^ key.b);
  std::size_t i = 0;
  for (; text.size() - i >= sizeof hash; i += sizeof hash) {
    hash = mix(word_at<std::uint64_t>(text, i) ^ hash ^ key.a, key.b);
  }
  if (i < text.size()) hash = mix(load_rest(text, text.size() - i) ^ hash ^ key.a, key.b);
  return hash;
}

}  // namespace picus::json
