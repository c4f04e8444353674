#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "core/metrics.h"
#include "core/store_metrics.h"

namespace picus {

/// What the embedded store counts. Cheap to copy.
struct LmdbMetrics {
  enum class Operation : std::uint8_t { get, put, put_many, remove, scan };

  /// nullptr: nothing is counted.
  explicit LmdbMetrics(Registry* registry = nullptr);

  void count_commit(std::size_t writes, std::chrono::nanoseconds time) const {
    commit_writes.observe(writes);
    commit_durations.observe(static_cast<std::uint64_t>(time.count()));
  }

  Histograms operations;
  Histograms commit_writes;     ///< how many writes share a commit
  Histograms commit_durations;  ///< in nanoseconds, as the next
  Histograms sync_durations;
};

/// Times one operation.
class OperationTimer {
 public:
  OperationTimer(const LmdbMetrics& metrics, LmdbMetrics::Operation operation)
      : watch_(metrics.operations), operation_(operation) {}

  /// Returns the outcome.
  template <typename Outcome>
  Outcome end(Outcome outcome) const {
    observe(outcome ? 0 : 1 + static_cast<std::size_t>(outcome.error().code()));
    return outcome;
  }

 private:
  void observe(std::size_t error) const;

  Stopwatch watch_;
  LmdbMetrics::Operation operation_;
};

}  // namespace picus
