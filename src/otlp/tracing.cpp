#include "otlp/tracing.h"

#include <string>

#include "api/version.h"
#include "telemetry/otlp_writer.h"

namespace picus {

Tracing::Tracing(const OtlpOptions& options, Log& lines)
    : tracer_({.ratio = options.ratio, .to_xray = !options.region.empty()}, queue_),
      log_(lines, tracer_, options.span_name),
      sink_(options, lines),
      exporter_({.resource = telemetry::otlp_resource(options.resource),
                 .version = std::string(kVersion)},
                queue_, sink_, lines) {}

}  // namespace picus
