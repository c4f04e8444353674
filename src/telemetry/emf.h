#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics.h"

namespace picus {

/// Writes metrics for CloudWatch as log lines in its embedded metric format: what was counted since
/// the last lines. Not thread-safe.
class EmfWriter {
 public:
  struct Dimensions {
    std::string service;      ///< of all metrics: the dimension Service
    std::string environment;  ///< Environment
  };

  /// `registry` outlives it.
  EmfWriter(Registry& registry, Dimensions dimensions)
      : registry_(registry), dimensions_(std::move(dimensions)) {}

  /// One line for each route that had requests, at least one in all; each ends with a line end. The
  /// metrics have the time `now`.
  std::string lines(std::chrono::system_clock::time_point now);

 private:
  struct Counts;

  /// The numbers of a series since the last call.
  std::vector<std::uint64_t> since_last(const Sample& sample);

  Registry& registry_;
  Dimensions dimensions_;
  std::map<std::string, std::vector<std::uint64_t>> last_;  ///< by name and labels
};

}  // namespace picus
