#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace picus::json {

/// The bytes of a text at an index, in the machine's order. `sizeof(Word)` bytes are there.
template <typename Word>
std::uint64_t word_at(std::string_view text, std::size_t index) {
  Word word = 0;
  std::memcpy(&word, text.data() + index, sizeof word);
  return word;
}

}  // namespace picus::json
