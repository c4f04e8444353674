#include "otlp/tracing.h"

#include <algorithm>
#include <string>

#include "core/version.h"
#include "telemetry/otlp_writer.h"

namespace picus {

Tracing::Tracing(const OtlpOptions& options, Log& lines)
    : tracer_({.ratio = options.ratio, .to_xray = !options.region.empty()}, queue_),
      log_(lines, tracer_, options.span_name),
      sink_(options, lines),
      exporter_({.resource = telemetry::otlp_resource(options.resource),
                 .version = std::string(kVersion)},
                queue_, sink_, lines) {}

std::unique_ptr<Tracing> Tracing::start(const OtlpOptions& options, Log& lines) {
  return options.is_on() ? std::make_unique<Tracing>(options, lines) : nullptr;
}

std::function<asio::awaitable<void>(Tracing::Clock::time_point)> Tracing::sending(
    Tracing* tracing) {
  if (tracing == nullptr) return {};
  return [tracing](Clock::time_point deadline) { return tracing->send(deadline); };
}

asio::awaitable<void> Tracing::send(Clock::time_point deadline) {
  constexpr std::chrono::seconds kMost{1};
  co_await exporter_.flush(std::min(deadline, Clock::now() + kMost));
}

}  // namespace picus
