#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "config/serve_options.h"
#include "core/metrics.h"
#include "telemetry/emf.h"
#include "telemetry/line_sink.h"

namespace picus::cli {

/// With --metrics emf, writes the metrics to standard output every 60 s, and what is left when it
/// ends. Otherwise it does nothing.
class EmfReporter {
 public:
  /// `metrics` outlives it.
  EmfReporter(Registry* metrics, const ServeOptions& options);
  ~EmfReporter();
  EmfReporter(const EmfReporter&) = delete;
  EmfReporter& operator=(const EmfReporter&) = delete;

 private:
  void run(const std::stop_token& stop);

  std::optional<EmfWriter> writer_;  ///< used only by the thread, once it runs
  std::optional<LineSink> output_;  ///< a descriptor that accepts no data does not block the server
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace picus::cli
