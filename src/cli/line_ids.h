#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace picus::cli {

/// Generates ids for items without one, from the text of the item and the number of equal texts
/// before it, so that the same texts in the same order get the same ids in every run.
///
/// The counts are approximate, in constant memory: each text has four counters, which other texts
/// may share, and the smallest one is used. A shared counter leads to another id, never to an equal
/// one. Up to about ten thousand texts the counts are exact, so that the order does not matter.
class LineIds {
 public:
  std::string id_of(std::string_view line);

 private:
  static constexpr std::size_t kRows = 4;
  static constexpr std::size_t kRowCounters = 512UZ * 1024;

  std::vector<std::uint32_t> counters_;  // kRows of kRowCounters; empty before the first text
};

}  // namespace picus::cli
