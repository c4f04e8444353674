#include "telemetry/emf.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/concat.h"
#include "json/text.h"
#include "telemetry/prometheus_text.h"

namespace picus {
namespace {

/// Requests for other paths share a value of the dimension Route: each costs as much as one of the
/// item routes.
constexpr std::string_view kItems = "/picus";
constexpr std::string_view kOtherRoutes = "other";

/// How often durations were within each bound, in milliseconds.
using Distribution = std::map<std::string, std::uint64_t>;

struct RouteCounts {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  Distribution durations;
};

std::string_view label_of(const Sample& sample, std::string_view name) {
  for (const Label& label : sample.labels) {
    if (label.name == name) return label.value;
  }
  return {};
}

/// A bound as milliseconds. `decimals` are those of seconds.
std::string milliseconds(std::uint64_t bound, unsigned decimals) {
  std::string text;
  append_decimal(text, static_cast<std::int64_t>(bound), decimals - 3);
  return text;
}

/// The values of a bucket count as its bound; those beyond the last one as that.
void add_buckets(Distribution& to, const Sample& sample, const std::vector<std::uint64_t>& counts) {
  for (std::size_t i = 0; i + 1 < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const std::uint64_t bound = sample.bounds[std::min(i, sample.bounds.size() - 1)];
    to[milliseconds(bound, sample.metric.decimals)] += counts[i];
  }
}

std::uint64_t total_of(const std::vector<std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end() - 1, std::uint64_t{0});
}

/// `,"Duration":{"Values":[0.25],"Counts":[7]}`; nothing if there are none.
void append_distribution(std::string& out, std::string_view name, const Distribution& values) {
  if (values.empty()) return;
  std::string numbers;
  std::string counts;
  for (const auto& [value, count] : values) {
    numbers += (numbers.empty() ? "" : ",") + value;
    counts += concat(counts.empty() ? "" : ",", count);
  }
  out += concat(",\"", name, R"(":{"Values":[)", numbers, R"(],"Counts":[)", counts, "]}");
}

constexpr std::string_view kRouteMetrics =
    R"({"Namespace":"Picus","Dimensions":[["Service","Environment"],)"
    R"(["Service","Environment","Route"]],"Metrics":[{"Name":"Requests","Unit":"Count"},)"
    R"({"Name":"Errors5xx","Unit":"Count"},{"Name":"Duration","Unit":"Milliseconds"}]})";
constexpr std::string_view kProcessMetrics =
    R"({"Namespace":"Picus","Dimensions":[["Service","Environment"]],"Metrics":[)"
    R"({"Name":"StoreDuration","Unit":"Milliseconds"},{"Name":"ConsumedRead","Unit":"Count"},)"
    R"({"Name":"ConsumedWrite","Unit":"Count"},{"Name":"Throttles","Unit":"Count"},)"
    R"({"Name":"Commits","Unit":"Count"}]})";

}  // namespace

struct EmfWriter::Counts {
  std::map<std::string, RouteCounts, std::less<>> routes;
  Distribution store;
  std::uint64_t consumed_read = 0;  // in thousandths, as the next
  std::uint64_t consumed_write = 0;
  std::uint64_t throttles = 0;
  std::uint64_t commits = 0;

  void add(const Sample& sample, const std::vector<std::uint64_t>& counts) {
    const std::string_view name = sample.metric.name;
    if (name == "http_server_request_duration_seconds") {
      const std::string_view route = label_of(sample, "http_route");
      RouteCounts& of = routes[std::string(route.starts_with(kItems) ? route : kOtherRoutes)];
      const std::uint64_t total = total_of(counts);
      of.requests += total;
      if (label_of(sample, "http_response_status_code").starts_with('5')) of.errors += total;
      add_buckets(of.durations, sample, counts);
    } else if (name == "db_client_operation_duration_seconds") {
      add_buckets(store, sample, counts);
    } else if (name == "picus_dynamodb_consumed_capacity_units_total") {
      (label_of(sample, "kind") == "read" ? consumed_read : consumed_write) += counts.back();
    } else if (name == "picus_aws_attempts_total") {
      if (label_of(sample, "result") == "throttled") throttles += counts.back();
    } else if (name == "picus_lmdb_commit_writes") {
      commits += total_of(counts);
    }
  }

  void append_process(std::string& out) const {
    append_distribution(out, "StoreDuration", store);
    out += R"(,"ConsumedRead":)";
    append_decimal(out, static_cast<std::int64_t>(consumed_read), 3);
    out += R"(,"ConsumedWrite":)";
    append_decimal(out, static_cast<std::int64_t>(consumed_write), 3);
    out += concat(R"(,"Throttles":)", throttles, R"(,"Commits":)", commits);
  }
};

std::vector<std::uint64_t> EmfWriter::since_last(const Sample& sample) {
  std::string key(sample.metric.name);
  for (const Label& label : sample.labels) key += concat('\n', label.value);
  std::vector<std::uint64_t> now(sample.buckets.begin(), sample.buckets.end());
  now.push_back(static_cast<std::uint64_t>(sample.value));
  std::vector<std::uint64_t>& before = last_[std::move(key)];
  before.resize(now.size());
  std::vector<std::uint64_t> since(now.size());
  std::ranges::transform(now, before, since.begin(), std::minus());
  before = std::move(now);
  return since;
}

std::string EmfWriter::lines(std::chrono::system_clock::time_point now) {
  Counts counts;
  registry_.collect([&](const Sample& sample) { counts.add(sample, since_last(sample)); });
  std::erase_if(counts.routes, [](const auto& route) { return route.second.requests == 0; });
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  std::string names;
  names += R"(,"Service":)";
  json::append_string(names, dimensions_.service);
  names += R"(,"Environment":)";
  json::append_string(names, dimensions_.environment);
  const std::string begin = concat(R"({"_aws":{"Timestamp":)", time.count(), ",");
  std::string out;
  for (const auto& [route, of] : counts.routes) {
    const bool is_first = out.empty();
    out += concat(begin, R"("CloudWatchMetrics":[)", kRouteMetrics, is_first ? "," : "",
                  is_first ? kProcessMetrics : "", "]}", names, R"(,"Route":)");
    json::append_string(out, route);
    out += concat(R"(,"Requests":)", of.requests, R"(,"Errors5xx":)", of.errors);
    append_distribution(out, "Duration", of.durations);
    if (is_first) counts.append_process(out);
    out += "}\n";
  }
  if (!out.empty()) return out;
  out = concat(begin, R"("CloudWatchMetrics":[)", kProcessMetrics, "]}", names);
  counts.append_process(out);
  return out + "}\n";
}

}  // namespace picus
