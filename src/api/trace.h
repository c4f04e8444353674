#pragma once

#include <cstddef>
#include <string>

#include "api/http.h"

namespace picus {

/// Longer headers are ignored: clients can send any value, and it is forwarded.
inline constexpr std::size_t kMaxTraceBytes = 512;

/// The trace of a request in the format of X-Ray: `Root=1-…;Parent=…;Sampled=1`. It is that of the
/// front, else that of X-Amzn-Trace-Id if it has a Parent, else that of traceparent (W3C Trace
/// Context), else the Root of X-Amzn-Trace-Id. Empty if there is none that can be forwarded in a
/// header.
std::string trace_of(const Request& request);

}  // namespace picus
