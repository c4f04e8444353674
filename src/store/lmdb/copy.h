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
  /// The store's file is twice as long as when the copy began: while it lasts, its pages cannot be
  /// used again.
  bool source_doubled = false;
};

struct CopyOptions {
  std::filesystem::path to;  ///< a file that is absent or empty; created with mode 0600
  /// Leaves out items that cannot be read, in place of failing.
  bool skip_damaged = false;
  /// Called often, with how far the copy has come; false: stop.
  std::function<bool(const CopyProgress&)> progress;
};

struct CopyReport {
  std::uint64_t items = 0;
  std::uint64_t json_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::vector<std::string> damaged;  ///< keys of the items that were left out
  bool stopped = false;              ///< by `progress`: the file is not whole
};

/// Copies the items as they are at this moment into a new items.mdb, one behind the other, each
/// verified by its checksum (one of Picus 0.1 by its ETag) and written with one. The file is
/// durable when this returns. Other processes may write meanwhile. Errors: as LmdbStore::open with
/// read_only; store_damaged, which names the key; store_full, store_unavailable (the new file
/// cannot be written).
Result<CopyReport> copy_directory(const std::filesystem::path& directory, Log& log,
                                  const CopyOptions& options);

/// The same from an items.mdb that no process uses, under any name.
Result<CopyReport> copy_file(const std::filesystem::path& file, const CopyOptions& options);

}  // namespace picus
