#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "api/http.h"
#include "core/log.h"
#include "core/trace.h"

namespace picus {

namespace auth {
struct Verdict;
}

/// A longer `tracestate` is dropped: clients can send any value, and it is kept and sent on.
inline constexpr std::size_t kMaxTraceStateBytes = 512;

/// The trace that a request belongs to. A header that is invalid or occurs twice counts as absent.
struct IncomingTrace {
  TraceContext context;    ///< trace, parent, sampled; none: there is no usable trace
  bool has_state = false;  ///< it is that of `traceparent`, to which `tracestate` belongs
};

/// The trace of `front` (in the format of X-Ray), else that of X-Amzn-Trace-Id if it has a Parent,
/// else that of traceparent (W3C Trace Context), else the Root of X-Amzn-Trace-Id.
IncomingTrace incoming_trace(std::span<const HeaderView> headers, std::string_view front = {});

/// Whether a trace in the format of X-Ray is recorded by its caller.
bool is_sampled(std::string_view xray);

/// Sets what the span of a recorded request has of its headers, which outlive the record.
void describe(AccessRecord& record, std::span<const HeaderView> headers);

/// The span of the check of credentials, which ends now.
std::string auth_span(const TraceContext& request, const auth::Verdict& verdict,
                      std::chrono::steady_clock::time_point begun);

/// The values of all `tracestate` headers, in one list; empty: there is none, or it is invalid.
std::string trace_state(std::span<const HeaderView> headers);

}  // namespace picus
