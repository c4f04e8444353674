#include "telemetry/emf.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "core/store_metrics.h"
#include "telemetry/http_metrics.h"

namespace picus {
namespace {

using namespace std::chrono_literals;
using Documents = std::vector<boost::json::object>;

constexpr std::chrono::sys_time<std::chrono::milliseconds> kNow{1'796'000'000'123ms};

AccessRecord served(std::string_view route, unsigned status, std::chrono::microseconds duration) {
  return {
      .method = "GET", .route = route, .status = status, .request_id = "a", .duration = duration};
}

class EmfWriterTest : public testing::Test {
 protected:
  Documents written() {
    Documents documents;
    const std::string text = writer.lines(kNow);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      documents.push_back(boost::json::parse(text.substr(begin, end - begin)).as_object());
      begin = end + 1;
    }
    return documents;
  }

  Registry registry;
  HttpMetrics http{registry};
  EmfWriter writer{registry, {.service = "picus", .environment = "pr\"od"}};
};

TEST_F(EmfWriterTest, ALineOfARouteHasItsRequestsAndTheFirstOneThoseOfTheProcess) {
  const Counters capacity =
      registry.counters({.name = "picus_dynamodb_consumed_capacity_units_total", .decimals = 3}, 2,
                        [](std::size_t series) {
                          return Labels{{.name = "kind", .value = series == 0 ? "read" : "write"}};
                        });
  const Histograms store = registry.histograms(kStoreDurations, kStoreBounds);
  http.count(served("/picus/get/{key}", 200, 300us));
  http.count(served("/picus/get/{key}", 503, 20s));
  http.count(served("/livez", 200, 50us));
  http.count(served("unknown", 404, 50us));
  capacity.add(0, 2500);
  capacity.add(1, 1000);
  store.observe(60'000);
  const Documents documents = written();
  ASSERT_EQ(documents.size(), 2);
  const auto& get = documents[0];
  EXPECT_EQ(get.at("_aws").at("Timestamp"), kNow.time_since_epoch().count());
  EXPECT_EQ(get.at("Service"), "picus");
  EXPECT_EQ(get.at("Environment"), "pr\"od");
  EXPECT_EQ(get.at("Route"), "/picus/get/{key}");
  EXPECT_EQ(get.at("Requests"), 2);
  EXPECT_EQ(get.at("Errors5xx"), 1);
  EXPECT_EQ(get.at("Duration"), boost::json::parse(R"({"Values":[0.5,10000],"Counts":[1,1]})"));
  EXPECT_EQ(get.at("StoreDuration"), boost::json::parse(R"({"Values":[0.1],"Counts":[1]})"));
  EXPECT_EQ(get.at("ConsumedRead"), 2.5);
  EXPECT_EQ(get.at("ConsumedWrite"), 1);
  EXPECT_EQ(get.at("_aws").at("CloudWatchMetrics").as_array().size(), 2);
  EXPECT_EQ(documents[1].at("Route"), "other");
  EXPECT_EQ(documents[1].at("Requests"), 2);
  EXPECT_EQ(documents[1].at("_aws").at("CloudWatchMetrics").as_array().size(), 1);
  EXPECT_FALSE(documents[1].contains("Commits"));
}

/// Each name of a directive is a member of its line.
void expect_members(const boost::json::object& document) {
  for (const auto& directive : document.at("_aws").at("CloudWatchMetrics").as_array()) {
    for (const auto& metric : directive.at("Metrics").as_array()) {
      EXPECT_TRUE(document.contains(metric.at("Name").as_string())) << document;
    }
  }
}

TEST_F(EmfWriterTest, NamesOnlyWhatHasAValue) {
  std::vector<Reading> ages;
  registry.readings({.name = "picus_auth_keys_age_seconds", .kind = Metric::Kind::gauge},
                    [&] { return ages; });
  const Documents before = written();
  EXPECT_FALSE(before[0].contains("KeysAge"));
  EXPECT_FALSE(before[0].contains("StoreDuration"));
  expect_members(before[0]);
  ages = {{.labels = {}, .value = 30}, {.labels = {}, .value = 90}, {.labels = {}, .value = 60}};
  http.count(served("/picus/list", 200, 300us));
  const Documents after = written();
  EXPECT_EQ(after[0].at("KeysAge"), 90);
  expect_members(after[0]);
}

TEST_F(EmfWriterTest, WhatWasWrittenIsNotWrittenAgain) {
  http.count(served("/picus/list", 200, 300us));
  EXPECT_EQ(written()[0].at("Requests"), 1);
  const Documents idle = written();
  ASSERT_EQ(idle.size(), 1);
  EXPECT_FALSE(idle[0].contains("Route"));
  EXPECT_EQ(idle[0].at("Commits"), 0);
  http.count(served("/picus/list", 200, 300us));
  http.count(served("/picus/list", 200, 300us));
  EXPECT_EQ(written()[0].at("Requests"), 2);
}

}  // namespace
}  // namespace picus
