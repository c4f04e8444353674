#pragma once

#include <cstddef>
#include <string>

#include "api/http.h"

namespace picus {

/// A header that is longer is taken for none: what passes it on may pass on what clients made up.
inline constexpr std::size_t kMaxTraceBytes = 512;

/// The trace that a request belongs to, in X-Ray's words: `Root=1-…;Parent=…;Sampled=1`. It is the
/// front's, else that in X-Amzn-Trace-Id if it names a Parent, else the one in traceparent (W3C
/// Trace Context), else the Root in X-Amzn-Trace-Id. Empty where there is none that may be passed
/// on in a header.
std::string trace_of(const Request& request);

}  // namespace picus
