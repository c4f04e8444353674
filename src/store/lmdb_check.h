#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"

namespace picus {

class Log;

struct CheckProblem {
  std::string key;   ///< as it stands in the store, also where it is no valid key
  std::string what;  ///< a sentence
};

struct CheckReport {
  static constexpr std::size_t kMaxProblems = 100;

  std::uint64_t items = 0;
  std::uint64_t json_bytes = 0;
  std::uint64_t problem_count = 0;
  std::vector<CheckProblem> problems;  ///< the first kMaxProblems, in the order of the keys
};

/// Reads a whole store and verifies each record: the key is one, the layout is known, the JSON is
/// an item whose `id` is the key, and the tag is that of the JSON. Changes nothing, and may run
/// while other processes serve the directory: it sees the state of one moment. Errors: as
/// LmdbStore::open with read_only; store_damaged (LMDB finds its tree broken).
Result<CheckReport> check(const std::filesystem::path& directory, Log& log);

}  // namespace picus
