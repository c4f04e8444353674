#include "store/lmdb/lmdb_metrics.h"

#include <array>
#include <string>
#include <string_view>

#include "store/lmdb/store.h"

namespace picus {
namespace {

/// In the order of LmdbMetrics::Operation.
constexpr auto kOperations =
    std::to_array<std::string_view>({"get", "put", "put_many", "remove", "scan"});
/// Without an error, and with each.
constexpr std::size_t kOutcomes = 1 + kErrorCodes;

constexpr auto kWrites =
    std::to_array<std::uint64_t>({1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024});

Labels labels_of(std::size_t series) {
  const std::size_t error = series % kOutcomes;
  const auto code = static_cast<ErrorCode>(error == 0 ? 0 : error - 1);
  return {{.name = "db_system_name", .value = std::string(LmdbStore::kKind)},
          {.name = "db_operation_name", .value = std::string(kOperations[series / kOutcomes])},
          {.name = "error_type", .value = std::string(error == 0 ? "" : traits(code).name)}};
}

}  // namespace

LmdbMetrics::LmdbMetrics(Registry* registry) {
  if (registry == nullptr) return;
  operations = registry->histograms(kStoreDurations, kStoreBounds, kOperations.size() * kOutcomes,
                                    labels_of);
  commit_writes = registry->histograms(
      {.name = "picus_lmdb_commit_writes", .help = "Writes that share a commit."}, kWrites);
  commit_durations = registry->histograms(
      {.name = "picus_lmdb_commit_duration_seconds",
       .help = "Time of a commit: the changes of all its writes, and the sync.",
       .decimals = 9},
      kStoreBounds);
  sync_durations =
      registry->histograms({.name = "picus_lmdb_sync_duration_seconds",
                            .help = "Time in which the disk takes the pages of a commit.",
                            .decimals = 9},
                           kStoreBounds);
}

void OperationTimer::observe(std::size_t error) const {
  watch_.observe(static_cast<std::size_t>(operation_) * kOutcomes + error);
}

}  // namespace picus
