#include "telemetry/process_metrics.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace picus {
namespace {

TEST(ProcessMetrics, AreThoseOfThisProcessAndOfNow) {
  Registry registry;
  add_process_metrics(registry);
  std::map<std::string_view, std::int64_t> values;
  registry.collect([&](const Sample& sample) { values[sample.metric.name] = sample.value; });
  EXPECT_GT(values.at("process_cpu_seconds_total"), 0);
  EXPECT_GT(values.at("process_resident_memory_bytes"), 1'000'000);
  EXPECT_GT(values.at("process_virtual_memory_bytes"), values.at("process_resident_memory_bytes"));
  EXPECT_GE(values.at("process_open_fds"), 3);
  EXPECT_LT(values.at("process_open_fds"), values.at("process_max_fds"));
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  const std::int64_t started = values.at("process_start_time_seconds") / 100;
  EXPECT_LE(started, seconds + 1);
  EXPECT_GT(started, seconds - 3600);
}

}  // namespace
}  // namespace picus
