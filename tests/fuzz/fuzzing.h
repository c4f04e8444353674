#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// For fuzzers: libFuzzer calls look_at() with texts of its making. The sanitizers, and expect(),
/// say where something is wrong.
namespace picus::fuzzing {

void look_at(std::string_view text);

/// Ends the program where something does not hold; libFuzzer keeps the text.
inline void expect(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace picus::fuzzing

// The name is libFuzzer's.
extern "C" [[gnu::used]] inline int LLVMFuzzerTestOneInput(const std::uint8_t* data,  // NOLINT
                                                           std::size_t size) {
  const void* const bytes = data;
  picus::fuzzing::look_at({static_cast<const char*>(bytes), size});
  return 0;
}
