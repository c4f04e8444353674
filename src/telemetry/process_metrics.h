#pragma once

#include "core/metrics.h"

namespace picus {

/// The metrics of every process, under the names that the client libraries of Prometheus use. They
/// are read from /proc when they are collected.
void add_process_metrics(Registry& registry);

}  // namespace picus
