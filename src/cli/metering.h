#pragma once

#include <memory>

#include "api/lifecycle.h"
#include "config/serve_options.h"
#include "core/metrics.h"
#include "core/store.h"
#include "telemetry/json_log.h"

namespace picus {
class BackgroundTracing;
}

namespace picus::cli {

/// The metrics of a server, if --admin-listen or --metrics asks for them.
class Metering {
 public:
  /// `lines`: whose dropped lines are counted. `log`: gets the events and
  /// requests. Both outlive it.
  Metering(const ServeOptions& options, JsonLog& lines, Log& log);
  ~Metering();

  /// Adds the state of the process. All outlive the last collection. `traces`: nullptr: there is no
  /// tracing.
  void watch(const Store& store, const Lifecycle& lifecycle, const BackgroundTracing* traces);

  /// nullptr: nothing is counted.
  [[nodiscard]] Registry* registry();
  /// The log for a server: it counts the requests.
  [[nodiscard]] Log& log();

 private:
  struct State;
  Log& log_;
  std::unique_ptr<State> state_;
};

}  // namespace picus::cli
