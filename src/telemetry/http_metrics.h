#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "core/log.h"
#include "core/metrics.h"

namespace picus {

/// Counts the served requests by method, route, status and error. Thread-safe. What a client sends
/// adds no series without limit: routes are patterns, methods are those of RFC 9110 and PATCH, and
/// past the maximum of combinations all further ones are counted together, with the label values
/// `other`.
class HttpMetrics {
 public:
  /// `registry` outlives it, and collects nothing after its end.
  explicit HttpMetrics(Registry& registry);

  /// `record.route` is static text.
  void count(const AccessRecord& record);

 private:
  static constexpr std::size_t kMaxRoutes = 32;
  static constexpr std::size_t kMaxSets = 140;
  static constexpr std::size_t kPlaces = 256;  ///< of sets; a power of two, with some room

  std::size_t number_of(std::string_view route);
  std::size_t place_of(std::uint32_t set);
  bool is_at(std::size_t place, std::uint32_t set);
  [[nodiscard]] std::optional<Labels> labels_of_route(std::size_t number) const;
  [[nodiscard]] std::optional<Labels> labels_at(std::size_t place) const;

  std::mutex mutex_;  ///< for a route that is new
  std::array<std::string_view, kMaxRoutes> routes_;
  std::atomic<std::size_t> known_routes_ = 1;  ///< before it, `routes_` does not change any more
  /// The combinations of labels, each in the first free place from that of its hash.
  std::array<std::atomic<std::uint32_t>, kPlaces> sets_{};
  std::atomic<std::size_t> known_sets_ = 0;
  Histograms durations_;
  Counters received_;
  Counters sent_;
};

/// Counts each request, and forwards everything.
class MeteredLog final : public Log {
 public:
  /// Both outlive it.
  MeteredLog(Log& to, HttpMetrics& metrics) : to_(to), metrics_(metrics) {}

  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) override {
    to_.write(level, event, fields);
  }
  void access(const AccessRecord& record) override {
    metrics_.count(record);
    to_.access(record);
  }
  void flush() override { to_.flush(); }

 private:
  Log& to_;
  HttpMetrics& metrics_;
};

}  // namespace picus
