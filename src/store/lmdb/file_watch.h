#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace picus {

/// How a store's file was lost.
enum class Loss : std::uint8_t {
  none,
  deleted,      ///< nothing is under its path
  replaced,     ///< another file is under its path
  truncated,    ///< it became shorter
  overwritten,  ///< somebody else wrote into it
};

/// As a log line names it.
std::string_view name_of(Loss loss);

/// Whether the file that this process has open is still the one under its path. Not thread-safe.
class FileWatch {
 public:
  /// Nothing to watch.
  FileWatch() = default;
  /// `descriptor` is an open file whose path this is.
  FileWatch(std::filesystem::path path, int descriptor);

  /// deleted, replaced, truncated or none. One stat(2). Where the path cannot be looked at for
  /// another reason, nothing is known to be lost.
  [[nodiscard]] Loss look();

 private:
  std::filesystem::path path_;
  std::optional<std::pair<dev_t, ino_t>> identity_;
  off_t bytes_ = 0;  ///< the longest that was seen
};

}  // namespace picus
