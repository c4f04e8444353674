#include "cli/line_ids.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/ids.h"

namespace picus::cli {

std::string LineIds::id_of(std::string_view line) {
  const auto hash = idempotency_hash("picus import", line);
  std::array<std::uint32_t, kRows> numbers{};
  static_assert(sizeof(numbers) == sizeof(hash));
  std::memcpy(numbers.data(), hash.data(), sizeof(numbers));
  counters_.resize(kRows * kRowCounters);
  std::array<std::uint32_t*, kRows> counters{};
  for (std::size_t row = 0; row < kRows; ++row) {
    counters[row] = &counters_[row * kRowCounters + numbers[row] % kRowCounters];
  }
  const std::uint32_t before =
      **std::ranges::min_element(counters, {}, [](auto* at) { return *at; });
  // Only the least: others are too high already, because of other texts.
  for (std::uint32_t* const counter : counters) *counter = std::max(*counter, before + 1);
  if (before == 0) return uuid8(hash);
  return uuid8(idempotency_hash("picus import " + std::to_string(before), line));
}

}  // namespace picus::cli
