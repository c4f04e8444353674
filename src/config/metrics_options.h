#pragma once

#include <string>
#include <vector>

#include "config/setting.h"
#include "telemetry/emf.h"

namespace picus {

/// How metrics leave the process by themselves.
struct MetricsOptions {
  bool emf = false;  ///< as lines for CloudWatch
  std::string environment_name = "default";

  [[nodiscard]] EmfWriter::Dimensions dimensions(const std::string& service) const {
    return {.service = service, .environment = environment_name};
  }
};

void add_metrics(std::vector<Setting>& settings, MetricsOptions& to, Scope scope);

}  // namespace picus
