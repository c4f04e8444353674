#include "telemetry/emf.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include "core/concat.h"
#include "json/text.h"

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

/// The metrics of a line, and those of them that a directive names. What has no value is in
/// neither: CloudWatch reports a name without a member as an error.
class Members {
 public:
  void add(std::string_view name, std::string_view unit, std::string_view value) {
    names_ += concat(names_.empty() ? "" : ",", R"({"Name":")", name, R"(","Unit":")", unit, "\"}");
    values_ += concat(",\"", name, "\":", value);
  }

  void add_count(std::string_view name, std::uint64_t number, unsigned decimals = 0) {
    std::string value;
    append_decimal(value, static_cast<std::int64_t>(number), decimals);
    add(name, "Count", value);
  }

  /// `"Duration":{"Values":[0.25],"Counts":[7]}`
  void add_times(std::string_view name, const Distribution& times) {
    if (times.empty()) return;
    std::string numbers;
    std::string counts;
    for (const auto& [value, count] : times) {
      numbers += (numbers.empty() ? "" : ",") + value;
      counts += concat(counts.empty() ? "" : ",", count);
    }
    add(name, "Milliseconds", concat(R"({"Values":[)", numbers, R"(],"Counts":[)", counts, "]}"));
  }

  /// `dimensions`: one set or several, as JSON.
  [[nodiscard]] std::string directive(std::string_view dimensions) const {
    return concat(R"({"Namespace":"Picus","Dimensions":[)", dimensions, R"(],"Metrics":[)", names_,
                  "]}");
  }
  [[nodiscard]] const std::string& values() const { return values_; }

 private:
  std::string names_;
  std::string values_;
};

constexpr std::string_view kProcess = R"(["Service","Environment"])";
constexpr std::string_view kRoute =
    R"(["Service","Environment"],["Service","Environment","Route"])";

}  // namespace

struct EmfWriter::Counts {
  std::map<std::string, RouteCounts, std::less<>> routes;
  Distribution store;
  std::uint64_t consumed_read = 0;  // in thousandths, as the next
  std::uint64_t consumed_write = 0;
  std::uint64_t throttles = 0;
  std::uint64_t commits = 0;
  std::optional<std::int64_t> keys_age;  ///< of the issuer whose keys are oldest

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
    } else if (name == "picus_auth_keys_age_seconds") {
      keys_age = std::max(keys_age.value_or(0), sample.value);
    }
  }

  [[nodiscard]] Members process() const {
    Members members;
    members.add_times("StoreDuration", store);
    members.add_count("ConsumedRead", consumed_read, 3);
    members.add_count("ConsumedWrite", consumed_write, 3);
    members.add_count("Throttles", throttles);
    members.add_count("Commits", commits);
    if (keys_age) members.add("KeysAge", "Seconds", std::to_string(*keys_age));
    return members;
  }

  static Members of_route(const RouteCounts& of) {
    Members members;
    members.add_count("Requests", of.requests);
    members.add_count("Errors5xx", of.errors);
    members.add_times("Duration", of.durations);
    return members;
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
  const std::string begin =
      concat(R"({"_aws":{"Timestamp":)", time.count(), R"(,"CloudWatchMetrics":[)");
  const Members process = counts.process();
  std::string out;
  for (const auto& [route, of] : counts.routes) {
    const bool is_first = out.empty();
    const Members members = Counts::of_route(of);
    out += begin + members.directive(kRoute);
    if (is_first) out += "," + process.directive(kProcess);
    out += concat("]}", names, R"(,"Route":)");
    json::append_string(out, route);
    out += members.values();
    if (is_first) out += process.values();
    out += "}\n";
  }
  if (!out.empty()) return out;
  return concat(begin, process.directive(kProcess), "]}", names, process.values(), "}\n");
}

}  // namespace picus
