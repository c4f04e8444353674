#include "cli/metering.h"

#include <string>
#include <thread>
#include <vector>

#include "core/version.h"
#include "otlp/background_tracing.h"
#include "telemetry/http_metrics.h"
#include "telemetry/process_metrics.h"

namespace picus::cli {
namespace {

unsigned threads_of(const ServeOptions& options) {
  return options.server.threads > 0 ? options.server.threads : std::thread::hardware_concurrency();
}

std::vector<Reading> build_info() {
  return {{.labels = {{.name = "version", .value = std::string(kVersion)},
                      {.name = "revision", .value = std::string(commit())}},
           .value = 1}};
}

}  // namespace

struct Metering::State {
  State(unsigned threads, JsonLog& lines, Log& log)
      : registry(threads), http(registry), metered(log, http) {
    add_process_metrics(registry);
    registry.readings({.name = "picus_build_info",
                       .help = "1, with the version and the commit of the program.",
                       .kind = Metric::Kind::gauge},
                      build_info);
    registry.reading({.name = "picus_log_lines_dropped_total",
                      .help = "Log lines that were dropped because standard error accepted none."},
                     [&lines] { return static_cast<std::int64_t>(lines.dropped_lines()); });
  }

  Registry registry;
  HttpMetrics http;
  MeteredLog metered;
};

Metering::Metering(const ServeOptions& options, JsonLog& lines, Log& log) : log_(log) {
  if (options.admin_listen.empty() && !options.metrics.emf) return;
  state_ = std::make_unique<State>(threads_of(options), lines, log);
}

Metering::~Metering() = default;

void Metering::watch(const Store& store, const Lifecycle& lifecycle,
                     const BackgroundTracing* traces) {
  if (!state_) return;
  Registry& registry = state_->registry;
  registry.reading(
      {.name = "picus_ready", .help = "Whether /readyz returns 200.", .kind = Metric::Kind::gauge},
      [&] { return !lifecycle.draining() && !store.health().lost ? 1 : 0; });
  registry.reading({.name = "picus_draining",
                    .help = "Whether the process is shutting down.",
                    .kind = Metric::Kind::gauge},
                   [&] { return lifecycle.draining() ? 1 : 0; });
  registry.reading({.name = "picus_store_damaged_items_total",
                    .help = "How often an item of the embedded store could not be read."},
                   [&] { return static_cast<std::int64_t>(store.health().damages); });
  if (traces == nullptr) return;
  registry.reading({.name = "picus_otlp_dropped_total",
                    .help = "Spans that were recorded and did not reach the receiver."},
                   [traces] { return static_cast<std::int64_t>(traces->dropped()); });
}

Registry* Metering::registry() { return state_ ? &state_->registry : nullptr; }

Log& Metering::log() { return state_ ? static_cast<Log&>(state_->metered) : log_; }

}  // namespace picus::cli
