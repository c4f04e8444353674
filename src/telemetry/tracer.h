#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/trace.h"
#include "telemetry/span_queue.h"

namespace picus::telemetry {

/// Gives each request its place in a trace, decides whether its spans are recorded, and takes them.
/// Thread-safe; a request that is not recorded allocates nothing.
class Tracer {
 public:
  struct Options {
    double ratio = 0.05;   ///< of the traces that begin here, and are recorded; 0 to 1
    bool to_xray = false;  ///< spans are sent to X-Ray
  };

  /// `queue` outlives it.
  Tracer(Options options, SpanQueue& queue);

  /// The context of a request that belongs to the trace `incoming`, or begins one. A caller that
  /// decided whether the trace is recorded is followed; otherwise the ratio decides on the last 56
  /// bits of the id, so that all programs with the same ratio decide alike. `begun`: when the
  /// request began.
  [[nodiscard]] TraceContext begin(TraceContext incoming,
                                   std::chrono::steady_clock::time_point begun) const;

  /// As Span::finish() returns it.
  void record(std::string span) { queue_.add(std::move(span)); }

  [[nodiscard]] bool to_xray() const { return to_xray_; }

 private:
  [[nodiscard]] bool is_chosen(TraceId id) const;

  std::uint64_t least_chosen_;  ///< of the last 56 bits
  bool to_xray_;
  SpanQueue& queue_;
};

/// Random, and not 0.
SpanId new_span_id();
TraceId new_trace_id();

}  // namespace picus::telemetry
