#include "config/metrics_options.h"

namespace picus {

void add_metrics(std::vector<Setting>& settings, MetricsOptions& to, Scope scope) {
  settings.push_back(
      {.name = "metrics",
       .value = choice(to.emf, {{"off", false}, {"emf", true}}),
       .help = "Metrics to write to standard output. emf: lines in the embedded metric format of "
               "CloudWatch, every 60 s and at the end; the function writes them for each request. "
               "The dimension Service is --service-name.",
       .scope = scope});
  settings.push_back({.name = "environment-name",
                      .value = text(to.environment_name, "NAME"),
                      .help = "Value of the dimension Environment of --metrics emf.",
                      .scope = scope});
}

}  // namespace picus
