#include "core/metrics.h"

#include <bit>
#include <utility>

namespace picus {
namespace {

/// More copies cost memory. Threads that share one count correctly, and only slow each other down.
constexpr unsigned kMaxCopies = 16;
/// The numbers of two threads are in different lines of the cache.
constexpr std::size_t kLine = 64 / sizeof(std::uint64_t);

}  // namespace

unsigned next_thread_number() {
  static std::atomic<unsigned> last = 0;
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

Registry::Registry(unsigned threads) : copies_(std::bit_ceil(std::min(threads + 1, kMaxCopies))) {}

Counters Registry::counters(const Metric& metric, std::size_t series, LabelsOf labels) {
  return Counters(declare({.metric = metric, .series = series, .labels = std::move(labels)}));
}

Histograms Registry::histograms(const Metric& metric, std::span<const std::uint64_t> bounds,
                                std::size_t series, LabelsOf labels) {
  return {declare({.metric = metric,
                   .bounds = bounds,
                   .series = series,
                   .width = bounds.size() + 2,
                   .labels = std::move(labels)}),
          bounds};
}

void Registry::readings(const Metric& metric, std::function<std::vector<Reading>()> read) {
  declare({.metric = metric, .read = std::move(read)});
}

void Registry::reading(const Metric& metric, std::function<std::int64_t()> read) {
  readings(metric, [read = std::move(read)] {
    return std::vector<Reading>{{.labels = {}, .value = read()}};
  });
}

std::size_t Registry::stride_of(const Family& family) const {
  const std::size_t numbers = family.series * family.width;
  return (numbers + kLine - 1) / kLine * kLine;
}

Cells Registry::declare(Family family) {
  const std::size_t stride = stride_of(family);
  family.numbers = std::make_unique<std::atomic<std::uint64_t>[]>(stride * copies_);
  const Cells cells{.first = family.numbers.get(), .stride = stride, .mask = copies_ - 1};
  const std::lock_guard lock(mutex_);
  const auto place = std::ranges::upper_bound(
      families_, family.metric.name, {}, [](const Family& other) { return other.metric.name; });
  families_.insert(place, std::move(family));
  return cells;
}

std::vector<std::uint64_t> Registry::sums_of(const Family& family) const {
  std::vector<std::uint64_t> sums(family.series * family.width);
  const std::size_t stride = stride_of(family);
  for (std::size_t copy = 0; copy < copies_; ++copy) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] += family.numbers[copy * stride + i].load(std::memory_order_relaxed);
    }
  }
  return sums;
}

void Registry::collect(const std::function<void(const Sample&)>& take) {
  const std::lock_guard lock(mutex_);
  for (const Family& family : families_) {
    if (!family.read) {
      collect_counted(family, take);
      continue;
    }
    for (const Reading& reading : family.read()) {
      take({.metric = family.metric, .labels = reading.labels, .value = reading.value});
    }
  }
}

void Registry::collect_counted(const Family& family,
                               const std::function<void(const Sample&)>& take) const {
  const std::vector<std::uint64_t> sums = sums_of(family);
  for (std::size_t series = 0; series < family.series; ++series) {
    const std::span numbers(sums.data() + series * family.width, family.width);
    const auto buckets = numbers.first(family.width - 1);
    const bool is_histogram = family.width > 1;
    const bool is_empty = std::ranges::all_of(buckets, [](auto count) { return count == 0; });
    if (is_histogram && is_empty && family.labels) continue;
    const auto labels = family.labels ? family.labels(series) : Labels();
    if (!labels) continue;
    take({.metric = family.metric,
          .labels = *labels,
          .value = static_cast<std::int64_t>(numbers.back()),
          .bounds = family.bounds,
          .buckets = buckets});
  }
}

}  // namespace picus
