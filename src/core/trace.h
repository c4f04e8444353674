#pragma once

#include <atomic>
#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>

namespace picus {

/// The id of a trace; all zero: none.
struct TraceId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  [[nodiscard]] bool is_none() const { return (high | low) == 0; }
  auto operator<=>(const TraceId&) const = default;
};

/// The id of a span; 0: none.
using SpanId = std::uint64_t;

/// Whether the spans of a trace are recorded.
enum class Sampled : std::uint8_t { unknown, no, yes };

/// What a request shares with its parts, which can outlive it. Thread-safe, except that texts,
/// times and `has_spans` are set before the request is served.
struct SharedRequest {
  using Nanoseconds = std::chrono::nanoseconds;

  /// The capacity units that its calls to a table consumed, in thousandths.
  std::atomic<std::uint64_t> milliunits = 0;

  /// Whether its spans are recorded. All that follows is for these.
  bool has_spans = false;
  /// The `tracestate` of the client; may be empty.
  std::string state;
  /// When the request began, by both clocks. All times of its spans are derived from these two, so
  /// that the span of a part is always within that of the request.
  std::chrono::steady_clock::time_point begun;
  Nanoseconds begun_since_1970{0};

  /// How long a durable write waited for its commit, and how long the commit took; negative: there
  /// was none. The last one counts.
  std::atomic<Nanoseconds> commit_wait = Nanoseconds(-1);
  std::atomic<Nanoseconds> commit_sync = Nanoseconds(-1);

  [[nodiscard]] Nanoseconds since_1970(std::chrono::steady_clock::time_point time) const {
    return begun_since_1970 + std::chrono::duration_cast<Nanoseconds>(time - begun);
  }
};

/// The place of a request in a trace (W3C Trace Context). Cheap to copy.
struct TraceContext {
  TraceId trace;
  SpanId parent = 0;  ///< the caller's span
  SpanId span = 0;    ///< of the request; 0: this process makes no spans
  Sampled sampled = Sampled::unknown;
  bool is_new = false;  ///< the trace begins with this request
  /// The last 56 bits of the trace id are random (W3C's flag random-trace-id).
  bool is_random = false;
  /// nullptr: no spans are recorded, and no capacity is counted.
  std::shared_ptr<SharedRequest> shared = nullptr;

  /// Whether spans are recorded.
  [[nodiscard]] bool is_recorded() const { return shared && shared->has_spans; }
  [[nodiscard]] bool is_none() const { return trace.is_none(); }
};

/// As 32 or 16 lower-case hexadecimal digits.
void append_trace_id(std::string& out, TraceId id);
void append_span_id(std::string& out, SpanId id);
/// Both as members of a JSON object, after others: `,"trace_id":"…","span_id":"…"`. A span that is
/// 0 is left out.
void append_id_members(std::string& out, TraceId trace, SpanId span);

/// As `traceparent` of W3C has it: `00-…-…-01`. There is a trace.
void append_traceparent(std::string& out, const TraceContext& context, SpanId parent);

/// The trace as X-Ray writes it: `Root=1-…;Parent=…;Sampled=1`, without what is unknown. Nothing if
/// there is no trace.
void append_xray(std::string& out, const TraceContext& context, SpanId parent);

}  // namespace picus
