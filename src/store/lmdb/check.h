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
  std::string key;   ///< as it stands in the store, also where it is no valid key
  std::string what;  ///< a sentence
};

/// How far a check has come. Plain memory, so that another process can look when it ended early.
struct CheckProgress {
  std::uint64_t items = 0;
  std::size_t key_bytes = 0;
  char key[kMaxKeyBytes] = {};  ///< of the last item that was reached

  [[nodiscard]] std::string last_key() const { return {key, key_bytes}; }
};

struct CheckReport {
  static constexpr std::size_t kMaxProblems = 100;

  std::uint64_t items = 0;
  std::uint64_t json_bytes = 0;
  std::uint64_t problem_count = 0;
  std::vector<CheckProblem> problems;  ///< the first kMaxProblems, in the order of the keys
};

/// Reads a whole store and verifies that the keys ascend, that there are as many items as the tree
/// says, that a lookup finds each of them, and each record: the key is one, the layout is known,
/// the checksum matches, the JSON is an item whose `id` is the key, and the tag is that of the
/// JSON. A broken tree is a problem of the last key before it. Changes nothing, and may run while
/// other processes serve the directory: it sees the state of one moment. A damaged file can end the
/// process (SIGSEGV, SIGBUS). Errors: as LmdbStore::open with read_only.
Result<CheckReport> check(const std::filesystem::path& directory, Log& log,
                          CheckProgress& progress);
Result<CheckReport> check(const std::filesystem::path& directory, Log& log);

}  // namespace picus
