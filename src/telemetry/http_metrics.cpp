#include "telemetry/http_metrics.h"

#include <algorithm>
#include <string>

#include "core/error.h"

namespace picus {
namespace {

/// In microseconds. A get takes 0.1 ms; from 5 ms on, the bounds are those of the semantic
/// conventions of OpenTelemetry.
constexpr std::array<std::uint64_t, 19> kDurations = {
    100,       250,       500,       1'000,     2'500,     5'000,   10'000,
    25'000,    50'000,    75'000,    100'000,   250'000,   500'000, 750'000,
    1'000'000, 2'500'000, 5'000'000, 7'500'000, 10'000'000};

constexpr std::array<std::string_view, 9> kMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
constexpr std::string_view kOther = "other";

// A set of labels in 26 bits.
constexpr std::uint32_t kUsed = 1U << 25U;  ///< no set is 0
constexpr unsigned kRouteShift = 20;
constexpr unsigned kMethodShift = 16;
constexpr unsigned kErrorShift = 10;
constexpr std::uint32_t kNoError = 0;
constexpr std::uint32_t kAborted = 1;
constexpr std::uint32_t kFirstError = 2;

std::uint32_t error_of(const AccessRecord& record) {
  if (record.error != nullptr && (record.status >= 500 || record.aborted)) {
    return kFirstError + static_cast<std::uint32_t>(record.error->code());
  }
  return record.aborted ? kAborted : kNoError;
}

std::string name_of_error(std::uint32_t error) {
  if (error == kNoError) return {};
  if (error == kAborted) return "aborted";
  return std::string(traits(static_cast<ErrorCode>(error - kFirstError)).name);
}

Labels labels_of(std::string_view method, std::string_view route, std::string status,
                 std::string error) {
  return {{.name = "http_request_method", .value = std::string(method)},
          {.name = "http_route", .value = std::string(route)},
          {.name = "http_response_status_code", .value = std::move(status)},
          {.name = "error_type", .value = std::move(error)}};
}

}  // namespace

HttpMetrics::HttpMetrics(Registry& registry)
    : durations_(registry.histograms(
          {.name = "http_server_request_duration_seconds",
           .help = "Time from the end of the head of a request to the end of its response.",
           .decimals = 6},
          kDurations, kPlaces + 1, [this](std::size_t place) { return labels_at(place); })),
      received_(registry.counters(
          {.name = "picus_http_received_bytes_total",
           .help = "Bytes of requests, heads and bodies, as they were received."},
          kMaxRoutes, [this](std::size_t number) { return labels_of_route(number); })),
      sent_(registry.counters({.name = "picus_http_sent_bytes_total",
                               .help = "Bytes of responses, heads and bodies, as they were sent."},
                              kMaxRoutes,
                              [this](std::size_t number) { return labels_of_route(number); })) {
  routes_[0] = kOther;
}

void HttpMetrics::count(const AccessRecord& record) {
  const std::size_t route = number_of(record.route);
  const auto method = std::ranges::find(kMethods, record.method) - kMethods.begin();
  const std::uint32_t set = kUsed | static_cast<std::uint32_t>(route) << kRouteShift |
                            static_cast<std::uint32_t>(method) << kMethodShift |
                            error_of(record) << kErrorShift | record.status;
  durations_.observe(static_cast<std::uint64_t>(record.duration.count()), place_of(set));
  received_.add(route, record.bytes_in);
  sent_.add(route, record.bytes_out);
}

std::size_t HttpMetrics::number_of(std::string_view route) {
  const auto find = [&](std::size_t known) {
    return static_cast<std::size_t>(std::find(routes_.data(), routes_.data() + known, route) -
                                    routes_.data());
  };
  std::size_t known = known_routes_.load(std::memory_order_acquire);
  // Static texts: nearly always it is the same one.
  for (std::size_t number = 0; number < known; ++number) {
    if (routes_[number].data() == route.data() && routes_[number].size() == route.size()) {
      return number;
    }
  }
  if (const std::size_t number = find(known); number < known) return number;
  const std::lock_guard lock(mutex_);
  known = known_routes_.load(std::memory_order_relaxed);
  const std::size_t number = find(known);
  if (number < known) return number;
  if (known == kMaxRoutes) return 0;
  routes_[known] = route;
  known_routes_.store(known + 1, std::memory_order_release);
  return known;
}

/// The last place if there are too many sets.
std::size_t HttpMetrics::place_of(std::uint32_t set) {
  constexpr std::uint32_t kSpread = 0x9E3779B1;  // Fibonacci hashing
  std::size_t place = (set * kSpread) >> 24U;
  for (std::size_t tried = 0; tried < kPlaces; ++tried) {
    if (is_at(place, set)) return place;
    place = (place + 1) % kPlaces;
  }
  return kPlaces;
}

/// Takes the place if it is free.
bool HttpMetrics::is_at(std::size_t place, std::uint32_t set) {
  std::uint32_t found = sets_[place].load(std::memory_order_relaxed);
  if (found != 0) return found == set;
  if (known_sets_.load(std::memory_order_relaxed) >= kMaxSets) return false;
  if (!sets_[place].compare_exchange_strong(found, set)) return found == set;
  ++known_sets_;
  return true;
}

std::optional<Labels> HttpMetrics::labels_of_route(std::size_t number) const {
  if (number >= known_routes_.load(std::memory_order_acquire)) return std::nullopt;
  return Labels{{.name = "http_route", .value = std::string(routes_[number])}};
}

std::optional<Labels> HttpMetrics::labels_at(std::size_t place) const {
  if (place == kPlaces) return labels_of(kOther, kOther, std::string(kOther), std::string(kOther));
  const std::uint32_t set = sets_[place].load(std::memory_order_relaxed);
  const std::size_t route = set >> kRouteShift & 0x1FU;
  const std::size_t method = set >> kMethodShift & 0xFU;
  if (set == 0 || route >= known_routes_.load(std::memory_order_acquire)) return std::nullopt;
  return labels_of(method < kMethods.size() ? kMethods[method] : "_OTHER", routes_[route],
                   std::to_string(set & 0x3FFU), name_of_error(set >> kErrorShift & 0x3FU));
}

}  // namespace picus
