#include "telemetry/prometheus_text.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>

#include "core/concat.h"

namespace picus {
namespace {

std::string decimal(std::int64_t number, unsigned decimals) {
  std::string text;
  append_decimal(text, number, decimals);
  return text;
}

TEST(PrometheusText, WritesDecimalsWithoutTrailingZeros) {
  EXPECT_EQ(decimal(0, 0), "0");
  EXPECT_EQ(decimal(0, 9), "0");
  EXPECT_EQ(decimal(1500, 3), "1.5");
  EXPECT_EQ(decimal(100, 6), "0.0001");
  EXPECT_EQ(decimal(10'000'000'000, 9), "10");
  EXPECT_EQ(decimal(1'000'000'001, 9), "1.000000001");
  EXPECT_EQ(decimal(-250, 2), "-2.5");
  EXPECT_EQ(decimal(std::numeric_limits<std::int64_t>::min(), 0), "-9223372036854775808");
  EXPECT_EQ(decimal(std::numeric_limits<std::int64_t>::max(), 9), "9223372036.854775807");
}

TEST(PrometheusText, DescribesEachMetricOnce) {
  Registry registry;
  const auto labels = [](std::size_t series) {
    return Labels{{.name = "n", .value = std::to_string(series)}};
  };
  const Metric metric{.name = "hits_total", .help = "How often."};
  const Counters hits = registry.counters(metric, 2, labels);
  registry.readings(metric, [] {
    return std::vector<Reading>{{.labels = {{.name = "n", .value = "2"}}, .value = 5}};
  });
  hits.add(1, 7);
  EXPECT_EQ(prometheus_text(registry),
            "# HELP hits_total How often.\n"
            "# TYPE hits_total counter\n"
            "hits_total{n=\"0\"} 0\n"
            "hits_total{n=\"1\"} 7\n"
            "hits_total{n=\"2\"} 5\n");
}

TEST(PrometheusText, BucketsOfAHistogramAreCumulative) {
  static constexpr std::array<std::uint64_t, 2> kBounds = {100, 2'500'000};
  Registry registry;
  const Histograms times =
      registry.histograms({.name = "time_seconds", .help = "Time.", .decimals = 6}, kBounds);
  for (const std::uint64_t value : {7U, 100U, 101U, 3'000'000U}) times.observe(value);
  EXPECT_EQ(prometheus_text(registry),
            "# HELP time_seconds Time.\n"
            "# TYPE time_seconds histogram\n"
            "time_seconds_bucket{le=\"0.0001\"} 2\n"
            "time_seconds_bucket{le=\"2.5\"} 3\n"
            "time_seconds_bucket{le=\"+Inf\"} 4\n"
            "time_seconds_sum 3.000208\n"
            "time_seconds_count 4\n");
}

TEST(PrometheusText, EscapesTheValuesOfLabels) {
  Registry registry;
  registry.readings({.name = "a", .help = "A.", .kind = Metric::Kind::gauge}, [] {
    return std::vector<Reading>{
        {.labels = {{.name = "x", .value = "\\ \" \n"}, {.name = "y", .value = ""}}, .value = -1}};
  });
  EXPECT_EQ(prometheus_text(registry),
            "# HELP a A.\n"
            "# TYPE a gauge\n"
            "a{x=\"\\\\ \\\" \\n\"} -1\n");
}

}  // namespace
}  // namespace picus
