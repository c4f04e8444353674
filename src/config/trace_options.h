#pragma once

#include <expected>
#include <string>
#include <vector>

#include "config/layers.h"
#include "config/setting.h"
#include "otlp/otlp_options.h"

namespace picus {

/// Which requests are traced, and where their spans are sent.
struct TraceOptions {
  std::string otlp_endpoint;   ///< empty: the OTEL_ variables, else none
  double trace_sample = 0.05;  ///< 0 to 1
  std::string service_name = "picus";
};

void add_tracing(std::vector<Setting>& settings, TraceOptions& to, Scope scope);

/// These options with the variables of OpenTelemetry below them: OTEL_EXPORTER_OTLP_ENDPOINT,
/// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS, OTEL_RESOURCE_ATTRIBUTES and
/// OTEL_SDK_DISABLED. The error is for the operator, even if one of them asks for what is not
/// supported. `region`: of the process; may be empty.
std::expected<OtlpOptions, std::string> otlp_options(const TraceOptions& options,
                                                     const Environment& environment,
                                                     const std::string& region);

}  // namespace picus
