#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/limits.h"

namespace picus {

class Log;

struct CheckProblem {
  std::string key;   ///< as stored, even if it is not a valid key
  std::string what;  ///< a sentence
};

/// The progress of a check. Plain memory, so that another process can read it after a crash.
struct CheckProgress {
  std::uint64_t items = 0;
  std::size_t key_bytes = 0;
  char key[kMaxKeyBytes] = {};  ///< the last item that was reached

  [[nodiscard]] std::string last_key() const { return {key, key_bytes}; }
};

struct CheckReport {
  static constexpr std::size_t kMaxProblems = 100;

  std::uint64_t items = 0;
  std::uint64_t json_bytes = 0;
  std::uint64_t problem_count = 0;
  std::vector<CheckProblem> problems;  ///< the first kMaxProblems, in the order of the keys
};

/// Reads a whole store and verifies that the keys ascend, that the number of items is that of the
/// tree, that a lookup finds each item, and each record: the key is valid, the layout is known, the
/// checksum matches, the JSON is an item whose `id` is the key, and the ETag is that of the JSON. A
/// damaged part of the tree is reported for the last key before it. Changes nothing, and may run
/// while other processes serve the directory: it reads a snapshot. A damaged file can end the
/// process (SIGSEGV, SIGBUS). Errors: as LmdbStore::open with read_only.
Result<CheckReport> check(const std::filesystem::path& directory, Log& log,
                          CheckProgress& progress);
Result<CheckReport> check(const std::filesystem::path& directory, Log& log);

}  // namespace picus
