#pragma once

#include <string>

#include "core/metrics.h"

namespace picus {

/// All metrics in the text format of Prometheus.
std::string prometheus_text(Registry& registry);

}  // namespace picus
