#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

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
  using Clock = std::chrono::steady_clock;

  /// Nothing if tracing is off. `lines` outlives it.
  static std::unique_ptr<Tracing> start(const OtlpOptions& options, Log& lines);
  /// `options.is_on()`.
  Tracing(const OtlpOptions& options, Log& lines);

  [[nodiscard]] telemetry::Tracer& tracer() { return tracer_; }
  /// Writes to `lines`, and records the spans of requests.
  [[nodiscard]] Log& log() { return log_; }
  /// Sends the spans so far, for a process that may be frozen afterwards: at most until the
  /// deadline, and at most for a second. What is left follows with the next call.
  asio::awaitable<void> send(Clock::time_point deadline);
  /// send() as a function of its own; empty: there is no tracing. `tracing` outlives it.
  static std::function<asio::awaitable<void>(Clock::time_point deadline)> sending(Tracing* tracing);

  [[nodiscard]] telemetry::SpanQueue& queue() { return queue_; }
  [[nodiscard]] telemetry::SpanExporter& exporter() { return exporter_; }
  [[nodiscard]] std::uint64_t dropped() const { return exporter_.dropped(); }

 private:
  telemetry::SpanQueue queue_;
  telemetry::Tracer tracer_;
  telemetry::TracedLog log_;
  HttpSink sink_;
  telemetry::SpanExporter exporter_;
};

}  // namespace picus
