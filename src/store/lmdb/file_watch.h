#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace picus {

/// How the file of a store was lost.
enum class Loss : std::uint8_t {
  none,
  deleted,      ///< there is no file at its path
  replaced,     ///< there is another file at its path
  truncated,    ///< it became shorter
  overwritten,  ///< another program wrote into it
};

/// The name in log lines.
std::string_view name_of(Loss loss);

/// Checks whether the file that this process has open is still the one at its path. Not
/// thread-safe.
class FileWatch {
 public:
  /// Watches nothing.
  FileWatch() = default;
  /// `descriptor`: the open file with this path.
  FileWatch(std::filesystem::path path, int descriptor);

  /// deleted, replaced, truncated or none. One stat(2). If stat(2) fails for another reason, the
  /// result is none.
  [[nodiscard]] Loss look();

 private:
  std::filesystem::path path_;
  std::optional<std::pair<dev_t, ino_t>> identity_;
  off_t bytes_ = 0;  ///< the maximum so far
};

}  // namespace picus
