#pragma once

#include <chrono>

namespace picus {

/// The time of the system's clock since 1970.
inline std::chrono::milliseconds unix_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now);
}

}  // namespace picus
