#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "aws/call_error.h"
#include "aws/service.h"
#include "core/metrics.h"
#include "core/store_metrics.h"

namespace picus::aws {

/// What the calls to a service of AWS count. Cheap to copy. One that is made without a registry
/// counts nothing. In one registry, a service has one of them.
class CallMetrics {
 public:
  CallMetrics() = default;
  /// Counts the attempts of calls. nullptr: nothing is counted.
  CallMetrics(Registry* registry, const Service& service);
  /// Those of DynamoDB, and how long calls for this table take.
  static CallMetrics of_table(Registry* registry, std::string table);

  /// The end of an attempt. nullptr: it succeeded, even if a condition failed.
  void count_attempt(std::string_view operation, const CallError* error) const;
  /// The end of a call to DynamoDB.
  void count_call(std::string_view operation, const Stopwatch& watch, const CallError* error) const;
  [[nodiscard]] Stopwatch begin() const { return Stopwatch(durations_); }

 private:
  [[nodiscard]] std::size_t number_of(std::string_view operation) const;

  std::span<const std::string_view> operations_;
  Histograms durations_;
  Counters attempts_;
};

}  // namespace picus::aws
