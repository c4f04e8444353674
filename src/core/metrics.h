#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace picus {

unsigned next_thread_number();

/// A whole number from 1 for each thread that counts; a small one, so that it can choose a cell.
inline unsigned thread_number() {
  constinit static thread_local unsigned number = 0;
  if (number == 0) [[unlikely]]
    number = next_thread_number();
  return number;
}

/// The numbers of a metric: one for each series, in as many copies as threads need to count
/// without disturbing each other.
struct Cells {
  std::atomic<std::uint64_t>* first = nullptr;
  std::size_t stride = 0;  ///< from the numbers of one thread to those of the next
  unsigned mask = 0;

  void add(std::size_t at, std::uint64_t amount) const {
    first[(thread_number() & mask) * stride + at].fetch_add(amount, std::memory_order_relaxed);
  }
};

/// Adds to the series of a metric. From any thread, without a lock. One that is made by no registry
/// does nothing.
class Counters {
 public:
  Counters() = default;
  explicit Counters(Cells cells) : cells_(cells) {}

  void add(std::size_t series = 0, std::uint64_t amount = 1) const {
    if (cells_.first != nullptr) cells_.add(series, amount);
  }
  /// For a gauge.
  void subtract(std::size_t series = 0, std::uint64_t amount = 1) const { add(series, -amount); }

 private:
  Cells cells_;
};

/// Counts values by size in the series of a metric; otherwise as Counters.
class Histograms {
 public:
  Histograms() = default;
  Histograms(Cells cells, std::span<const std::uint64_t> bounds) : cells_(cells), bounds_(bounds) {}

  void observe(std::uint64_t value, std::size_t series = 0) const {
    if (cells_.first == nullptr) return;
    const std::size_t begin = series * (bounds_.size() + 2);
    const auto bound = std::ranges::lower_bound(bounds_, value);
    cells_.add(begin + static_cast<std::size_t>(bound - bounds_.begin()), 1);
    cells_.add(begin + bounds_.size() + 1, value);
  }

  [[nodiscard]] bool is_counted() const { return cells_.first != nullptr; }

 private:
  Cells cells_;
  std::span<const std::uint64_t> bounds_;
};

struct Label {
  std::string_view name;
  std::string value;
};
using Labels = std::vector<Label>;

/// A metric, as Prometheus describes one. Texts are static.
struct Metric {
  enum class Kind : std::uint8_t { counter, gauge };

  std::string_view name;
  std::string_view help = {};
  Kind kind = Kind::counter;
  unsigned decimals = 0;  ///< numbers are counted in units of 10^-decimals
};

/// A number that is read when the metrics are collected.
struct Reading {
  Labels labels;
  std::int64_t value;
};

/// One series of a metric at a moment.
struct Sample {
  const Metric& metric;
  const Labels& labels;
  std::int64_t value = 0;  ///< of a histogram: the sum of the values
  /// Of a histogram: the upper bounds, and how many values each bucket has. There is one more
  /// bucket than bounds, for larger values.
  std::span<const std::uint64_t> bounds = {};
  std::span<const std::uint64_t> buckets = {};
};

/// The metrics of a process. Handed down as Log is: rooms declare their metrics when they are
/// made, and keep what they count with. Thread-safe. Outlives everything that counts; whatever is
/// read from `readings` outlives the last collect().
class Registry {
 public:
  /// The labels of a series; nothing: the series is not in use, and not collected.
  using LabelsOf = std::function<std::optional<Labels>(std::size_t series)>;

  /// `threads`: how many threads count most of what is counted.
  explicit Registry(unsigned threads = 1);
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// A metric with this many series. Without `labels`, it has a single series without labels.
  Counters counters(const Metric& metric, std::size_t series = 1, LabelsOf labels = {});
  /// A series without values is not collected if it has labels. `bounds` is static and ascending; a
  /// value belongs to the first bound that is not smaller.
  Histograms histograms(const Metric& metric, std::span<const std::uint64_t> bounds,
                        std::size_t series = 1, LabelsOf labels = {});
  /// A metric that is kept elsewhere, or computed.
  void readings(const Metric& metric, std::function<std::vector<Reading>()> read);
  void reading(const Metric& metric, std::function<std::int64_t()> read);

  /// Every series now, sorted by the names of the metrics. A number that another thread is adding
  /// to is either counted already or not yet.
  void collect(const std::function<void(const Sample&)>& take);

 private:
  struct Family {
    Metric metric;
    std::span<const std::uint64_t> bounds = {};
    std::size_t series = 0;
    std::size_t width = 1;  ///< numbers of a series
    LabelsOf labels = {};
    std::unique_ptr<std::atomic<std::uint64_t>[]> numbers = {};
    std::function<std::vector<Reading>()> read = {};
  };

  Cells declare(Family family);
  [[nodiscard]] std::size_t stride_of(const Family& family) const;
  [[nodiscard]] std::vector<std::uint64_t> sums_of(const Family& family) const;
  void collect_counted(const Family& family, const std::function<void(const Sample&)>& take) const;

  unsigned copies_;
  std::mutex mutex_;
  std::vector<Family> families_;  ///< under mutex_; sorted by name
};

}  // namespace picus
