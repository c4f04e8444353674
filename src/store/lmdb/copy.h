#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"

namespace picus {

class Log;

struct CopyProgress {
  std::uint64_t items = 0;
  std::uint64_t items_in_all = 0;
  std::uint64_t json_bytes = 0;
  /// The file of the store is twice as long as at the start of the copy: during the copy its free
  /// pages cannot be reused.
  bool source_doubled = false;
};

struct CopyOptions {
  std::filesystem::path to;  ///< a file that does not exist or is empty; created with mode 0600
  /// Skips items that cannot be read, instead of failing.
  bool skip_damaged = false;
  /// Called frequently with the progress of the copy; false: stop.
  std::function<bool(const CopyProgress&)> progress;
};

struct CopyReport {
  std::uint64_t items = 0;
  std::uint64_t json_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::vector<std::string> damaged;  ///< keys of the items that were skipped
  bool stopped = false;              ///< by `progress`: the file is incomplete
};

/// Copies a snapshot of the items into a new items.mdb without free space. Each item is verified by
/// its checksum (an item of Picus 0.1 by its ETag) and written with a checksum. The file is durable
/// when this returns. Other processes may write at the same time. Errors: as LmdbStore::open with
/// read_only; store_damaged, whose message has the key; store_full, store_unavailable (the new file
/// cannot be written).
Result<CopyReport> copy_directory(const std::filesystem::path& directory, Log& log,
                                  const CopyOptions& options);

/// The same from an items.mdb with any name that no process uses.
Result<CopyReport> copy_file(const std::filesystem::path& file, const CopyOptions& options);

}  // namespace picus
