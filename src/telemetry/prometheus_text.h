#pragma once

#include <string>

#include "core/metrics.h"

namespace picus {

/// All metrics in the text format of Prometheus.
std::string prometheus_text(Registry& registry);

/// A number in units of 10^-decimals, as a decimal without trailing zeros: (1500, 3) is `1.5`.
void append_decimal(std::string& out, std::int64_t number, unsigned decimals);

}  // namespace picus
