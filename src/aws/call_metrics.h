#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "aws/call_error.h"
#include "core/metrics.h"
#include "core/store_metrics.h"

namespace picus::aws {

/// What the calls to a database of AWS count. Cheap to copy.
class CallMetrics {
 public:
  /// `collection`: the table. `breaker_is_open` outlives the last collection. nullptr: nothing is
  /// counted.
  CallMetrics(Registry* registry, std::string collection, std::function<bool()> breaker_is_open);

  /// The end of an attempt. nullptr: it succeeded, also where a condition failed.
  void count_attempt(std::string_view operation, const CallError* error) const;
  /// The end of a call.
  void count_call(std::string_view operation, const Stopwatch& watch, const CallError* error) const;
  [[nodiscard]] Stopwatch begin() const { return Stopwatch(durations_); }

 private:
  Histograms durations_;
  Counters attempts_;
};

}  // namespace picus::aws
