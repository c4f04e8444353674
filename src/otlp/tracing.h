#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>

#include "core/log.h"
#include "otlp/http_sink.h"
#include "otlp/otlp_options.h"
#include "telemetry/span_exporter.h"
#include "telemetry/span_queue.h"
#include "telemetry/traced_log.h"
#include "telemetry/tracer.h"

namespace picus {

/// The tracing of a process: its tracer, and the way of its spans to the receiver.
class Tracing {
 public:
  /// `options.is_on()`. `lines` outlives it.
  Tracing(const OtlpOptions& options, Log& lines);

  [[nodiscard]] telemetry::Tracer& tracer() { return tracer_; }
  /// Writes to `lines`, and records the spans of requests.
  [[nodiscard]] Log& log() { return log_; }
  [[nodiscard]] telemetry::SpanQueue& queue() { return queue_; }
  [[nodiscard]] telemetry::SpanExporter& exporter() { return exporter_; }

 private:
  telemetry::SpanQueue queue_;
  telemetry::Tracer tracer_;
  telemetry::TracedLog log_;
  HttpSink sink_;
  telemetry::SpanExporter exporter_;
};

}  // namespace picus
