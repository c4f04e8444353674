#include "json/seeded_hash.h"

#include <algorithm>
#include <cstring>
#include <random>

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

std::uint64_t load(const char* bytes, std::size_t count) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, count);
  return word;
}

}  // namespace

std::size_t seeded_hash(std::string_view text, std::uint64_t number) {
  const Seed& key = seed();
  std::uint64_t hash = mix(number ^ key.a, text.size() ^ key.b);
  for (std::size_t i = 0; i < text.size(); i += sizeof(std::uint64_t)) {
    const std::size_t count = std::min(sizeof(std::uint64_t), text.size() - i);
    hash = mix(load(text.data() + i, count) ^ hash ^ key.a, key.b);
  }
  return hash;
}

}  // namespace picus::json
