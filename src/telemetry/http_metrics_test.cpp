#include "telemetry/http_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "telemetry/prometheus_text.h"
#include "telemetry/testing/served.h"

namespace picus {
namespace {

using namespace std::chrono_literals;

AccessRecord got(std::string_view route, unsigned status = 200) {
  return {.method = "GET",
          .route = route,
          .status = status,
          .request_id = "a",
          .bytes_in = 100,
          .bytes_out = 1000,
          .duration = 300us};
}

std::vector<std::string> lines_of(Registry& registry, std::string_view with) {
  std::vector<std::string> lines;
  const std::string text = prometheus_text(registry);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    if (line.contains(with) && !line.starts_with('#')) lines.push_back(line);
    begin = end + 1;
  }
  return lines;
}

using Lines = std::vector<std::string>;

std::string counted(std::string_view method, std::string_view route, std::string_view status,
                    std::string_view error, std::size_t count) {
  return "http_server_request_duration_seconds_count{http_request_method=\"" + std::string(method) +
         "\",http_route=\"" + std::string(route) + "\",http_response_status_code=\"" +
         std::string(status) + "\"" +
         (error.empty() ? "" : ",error_type=\"" + std::string(error) + "\"") + "} " +
         std::to_string(count);
}

class HttpMetricsTest : public testing::Test {
 protected:
  Lines counts() {
    Lines lines = lines_of(registry, "_count{");
    std::ranges::sort(lines);
    return lines;
  }

  Registry registry;
  HttpMetrics metrics{registry};
};

TEST_F(HttpMetricsTest, CountsByMethodRouteAndStatus) {
  for (int i = 0; i < 3; ++i) metrics.count(got("/picus/get/{key}"));
  AccessRecord head = got("/picus/get/{key}", 404);
  head.method = "HEAD";
  metrics.count(head);
  EXPECT_EQ(counts(), (Lines{counted("GET", "/picus/get/{key}", "200", "", 3),
                             counted("HEAD", "/picus/get/{key}", "404", "", 1)}));
  EXPECT_EQ(lines_of(registry, "_bytes_total"),
            (Lines{"picus_http_received_bytes_total{http_route=\"other\"} 0",
                   "picus_http_received_bytes_total{http_route=\"/picus/get/{key}\"} 400",
                   "picus_http_sent_bytes_total{http_route=\"other\"} 0",
                   "picus_http_sent_bytes_total{http_route=\"/picus/get/{key}\"} 4000"}));
  EXPECT_EQ(lines_of(registry, R"("200",le="0.0005")").front().back(), '3');
  EXPECT_EQ(lines_of(registry, R"("200",le="0.00025")").front().back(), '0');
}

TEST_F(HttpMetricsTest, NamesTheErrorOfAFailureOfTheServer) {
  const Error unavailable(ErrorCode::store_unavailable, "for the client");
  AccessRecord record = got("/picus/list", 503);
  record.error = &unavailable;
  metrics.count(record);
  record.status = 200;
  record.aborted = true;  // the store failed in the middle of a stream
  metrics.count(record);
  EXPECT_EQ(counts(), (Lines{counted("GET", "/picus/list", "200", "store-unavailable", 1),
                             counted("GET", "/picus/list", "503", "store-unavailable", 1)}));
}

TEST_F(HttpMetricsTest, AnErrorOfTheClientHasNoType) {
  const Error absent(ErrorCode::not_found, "for the client");
  AccessRecord record = got("/picus/get/{key}", 404);
  record.error = &absent;
  metrics.count(record);
  record = got("/picus/get/{key}");
  record.aborted = true;
  metrics.count(record);
  EXPECT_EQ(counts(), (Lines{counted("GET", "/picus/get/{key}", "200", "aborted", 1),
                             counted("GET", "/picus/get/{key}", "404", "", 1)}));
}

TEST_F(HttpMetricsTest, UnknownMethodsAreCountedTogether) {
  for (const std::string_view method : {"get", "PURGE", "", "BREW"}) {
    AccessRecord record = got("unknown", 405);
    record.method = method;
    metrics.count(record);
  }
  EXPECT_EQ(counts(), Lines{counted("_OTHER", "unknown", "405", "", 4)});
}

TEST_F(HttpMetricsTest, CombinationsPastTheMaximumAreCountedTogether) {
  for (unsigned status = 100; status < 600; ++status) metrics.count(got("/", status));
  EXPECT_EQ(counts().size(), 141);
  EXPECT_EQ(std::ranges::count(counts(), counted("other", "other", "other", "other", 360)), 1);
  metrics.count(got("/", 100));
  EXPECT_EQ(std::ranges::count(counts(), counted("GET", "/", "100", "", 2)), 1);
}

TEST_F(HttpMetricsTest, AScrapeIsBounded) {
  const Error unavailable(ErrorCode::store_unavailable, "for the client");
  for (unsigned status = 100; status < 600; ++status) {
    AccessRecord record = got("/picus/get/{key}", status);
    if (status % 10 == 0) record.error = &unavailable;
    metrics.count(record);
  }
  const std::string text = prometheus_text(registry);
  EXPECT_LT(text.size(), 500'000);
  EXPECT_LT(std::ranges::count(text, '\n'), 5'000);
}

TEST_F(HttpMetricsTest, RoutesPastTheMaximumAreCountedTogether) {
  std::vector<std::string> routes;
  for (int i = 0; i < 40; ++i) routes.push_back("/" + std::to_string(i));
  for (const std::string& route : routes) metrics.count(got(route));
  EXPECT_EQ(std::ranges::count(counts(), counted("GET", "other", "200", "", 9)), 1);
  EXPECT_EQ(std::ranges::count(counts(), counted("GET", "/30", "200", "", 1)), 1);
}

TEST_F(HttpMetricsTest, LosesNothingWhereThreadsFindTheSameCombinationAtOnce) {
  constexpr unsigned kThreads = 8;
  static constexpr std::array<std::string_view, 4> kRoutes = {"/a", "/b", "/c", "/d"};
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < kThreads; ++i) {
      threads.emplace_back([this] {
        for (unsigned status = 200; status < 230; ++status) {
          for (const std::string_view route : kRoutes) metrics.count(got(route, status));
        }
      });
    }
  }
  const Lines lines = counts();
  EXPECT_EQ(lines.size(), 120);
  EXPECT_TRUE(std::ranges::all_of(lines, [](const auto& line) { return line.ends_with(" 8"); }));
}

TEST_F(HttpMetricsTest, TheLogCountsEachRequestAndForwardsIt) {
  struct Heard final : Log {
    void write(Level, std::string_view event, std::initializer_list<LogField>) override {
      events.emplace_back(event);
    }
    void access(const AccessRecord& record) override { events.emplace_back(record.route); }
    std::vector<std::string> events;
  } heard;
  MeteredLog log(heard, metrics);
  log.write(Level::info, "started", {});
  log.access(got("/"));
  EXPECT_EQ(heard.events, (std::vector<std::string>{"started", "/"}));
  EXPECT_EQ(counts(), Lines{counted("GET", "/", "200", "", 1)});
}

}  // namespace
}  // namespace picus
