#include "core/metrics.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace picus {
namespace {

constexpr std::array<std::uint64_t, 3> kBounds = {10, 20, 40};

std::string text_of(const Sample& sample) {
  std::string text(sample.metric.name);
  for (const Label& label : sample.labels)
    text += " " + std::string(label.name) + "=" + label.value;
  text += ":";
  for (const std::uint64_t count : sample.buckets) text += " " + std::to_string(count);
  return text + " " + std::to_string(sample.value);
}

std::vector<std::string> all_of(Registry& registry) {
  std::vector<std::string> lines;
  registry.collect([&lines](const Sample& sample) { lines.push_back(text_of(sample)); });
  return lines;
}

using Lines = std::vector<std::string>;

TEST(Registry, ACounterThatNoRegistryMadeDoesNothing) {
  const Counters nothing;
  nothing.add();
  const Histograms none;
  none.observe(7);
  EXPECT_FALSE(none.is_counted());
}

TEST(Registry, CollectsEachSeriesOfACounterFromTheStart) {
  Registry registry;
  const Counters colours = registry.counters({.name = "hits"}, 2, [](std::size_t series) {
    return Labels{{.name = "colour", .value = series == 0 ? "red" : "blue"}};
  });
  colours.add(1, 5);
  colours.add(1);
  EXPECT_EQ(all_of(registry), (Lines{"hits colour=red: 0", "hits colour=blue: 6"}));
}

TEST(Registry, AGaugeGoesUpAndDown) {
  Registry registry(3);
  const Counters open = registry.counters({.name = "open", .kind = Metric::Kind::gauge});
  open.add(0, 2);
  std::thread([&] { open.subtract(); }).join();
  std::thread([&] { open.subtract(0, 3); }).join();
  EXPECT_EQ(all_of(registry), Lines{"open: -2"});
}

TEST(Registry, AValueBelongsToTheFirstBoundThatIsNotSmaller) {
  Registry registry;
  const Histograms sizes = registry.histograms({.name = "sizes"}, kBounds);
  for (const std::uint64_t value : {0U, 10U, 11U, 20U, 40U, 41U, 1000U}) sizes.observe(value);
  EXPECT_EQ(all_of(registry), Lines{"sizes: 2 2 1 2 1122"});
}

TEST(Registry, SeriesOfAHistogramWithoutValuesAreLeftOutIfTheyHaveLabels) {
  Registry registry;
  const auto labels = [](std::size_t series) {
    return Labels{{.name = "n", .value = std::to_string(series)}};
  };
  const Histograms sizes = registry.histograms({.name = "sizes"}, kBounds, 3, labels);
  registry.histograms({.name = "alone"}, kBounds);
  sizes.observe(15, 1);
  EXPECT_EQ(all_of(registry), (Lines{"alone: 0 0 0 0 0", "sizes n=1: 0 1 0 0 15"}));
}

TEST(Registry, CollectsMetricsSortedByName) {
  Registry registry;
  registry.counters({.name = "b"}).add(0, 2);
  registry.reading({.name = "c"}, [] { return 7; });
  registry.counters({.name = "a"}).add();
  registry.counters({.name = "b"}).add(0, 3);
  EXPECT_EQ(all_of(registry), (Lines{"a: 1", "b: 2", "b: 3", "c: 7"}));
}

TEST(Registry, ReadsAReadingAtEachCollection) {
  Registry registry;
  std::int64_t level = 1;
  registry.readings({.name = "level"}, [&level] {
    return std::vector<Reading>{{.labels = {{.name = "of", .value = "water"}}, .value = level}};
  });
  EXPECT_EQ(all_of(registry), Lines{"level of=water: 1"});
  level = -3;
  EXPECT_EQ(all_of(registry), Lines{"level of=water: -3"});
}

TEST(Registry, LosesNothingWhereMoreThreadsCountThanThereAreCopies) {
  constexpr unsigned kThreads = 24;
  constexpr unsigned kEach = 20'000;
  Registry registry(2);
  const Counters hits = registry.counters({.name = "hits"});
  const Histograms sizes = registry.histograms({.name = "sizes"}, kBounds);
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (unsigned n = 0; n < kEach; ++n) {
          hits.add();
          sizes.observe(15);
        }
      });
    }
    all_of(registry);  // while they count
  }
  EXPECT_EQ(all_of(registry),
            (Lines{"hits: 480000", "sizes: 0 480000 0 0 " + std::to_string(480'000 * 15)}));
}

}  // namespace
}  // namespace picus
