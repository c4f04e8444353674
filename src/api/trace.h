#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "api/http.h"
#include "core/trace.h"

namespace picus {

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

/// The values of all `tracestate` headers, in one list; empty: there is none, or it is invalid.
std::string trace_state(std::span<const HeaderView> headers);

}  // namespace picus
