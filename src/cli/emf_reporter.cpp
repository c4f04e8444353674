#include "cli/emf_reporter.h"

#include <unistd.h>

#include <chrono>

#include "core/signals_blocked.h"

namespace picus::cli {
namespace {

constexpr std::chrono::seconds kBetweenReports{60};

}  // namespace

EmfReporter::EmfReporter(Registry* metrics, const ServeOptions& options) {
  if (!options.metrics.emf) return;
  writer_.emplace(*metrics, options.metrics.dimensions(options.traces.service_name));
  output_.emplace(LineSinkOptions{.fd = STDOUT_FILENO, .describe_dropped = {}});
  const SignalsBlocked blocked;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

EmfReporter::~EmfReporter() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void EmfReporter::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, stop, kBetweenReports, [] { return false; });
    output_->append(writer_->lines(std::chrono::system_clock::now()), true);
  }
}

}  // namespace picus::cli
