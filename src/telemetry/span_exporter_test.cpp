#include "telemetry/span_exporter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "core/run.h"
#include "core/testing/recorded_log.h"
#include "telemetry/otlp_writer.h"

namespace picus::telemetry {
namespace {

using namespace std::chrono_literals;
using Clock = SpanExporter::Clock;
using Outcome = Delivery::Outcome;

/// Answers as the test states; afterwards it accepts.
class ScriptedSink final : public Sink {
 public:
  asio::awaitable<Delivery> send(std::string_view request,
                                 Clock::time_point /*deadline*/) override {
    requests.emplace_back(request);
    if (script.empty()) co_return Delivery{.outcome = Outcome::accepted};
    Delivery next = std::move(script.front());
    script.pop_front();
    co_return next;
  }

  std::deque<Delivery> script;
  std::vector<std::string> requests;
};

class SpanExporterTest : public testing::Test {
 protected:
  std::optional<Clock::time_point> flush() { return run(exporter_.flush(Clock::now() + 10s)); }

  /// Until the batch that failed is sent again, without waiting for its time.
  void flush_again() {
    exporter_.hurry();
    flush();
  }

  SpanQueue queue_;
  ScriptedSink sink_;
  RecordedLog log_;
  SpanExporter exporter_{
      {.resource = "r", .version = "1", .jitter = [] { return 1.0; }}, queue_, sink_, log_};
};

TEST_F(SpanExporterTest, SendsAllSpansInBatches) {
  for (std::size_t i = 0; i < SpanQueue::kBatchSpans + 1; ++i) queue_.add("span ");
  EXPECT_FALSE(flush());
  ASSERT_EQ(sink_.requests.size(), 2U);
  EXPECT_EQ(sink_.requests[1], otlp_request("r", "1", std::vector<std::string>{"span "}));
  EXPECT_FALSE(flush());
  EXPECT_EQ(sink_.requests.size(), 2U);
  EXPECT_EQ(exporter_.dropped(), 0U);
  EXPECT_TRUE(log_.lines().empty());
}

TEST_F(SpanExporterTest, SendsABatchAgainAndMeanwhileNothing) {
  sink_.script = {{.outcome = Outcome::failed}};
  queue_.add("one");
  const auto before = Clock::now();
  const auto due = flush();
  ASSERT_TRUE(due);
  EXPECT_GE(*due, before + 1s);
  queue_.add("two");
  EXPECT_TRUE(flush());
  EXPECT_EQ(sink_.requests.size(), 1U);
  flush_again();
  ASSERT_EQ(sink_.requests.size(), 3U);
  EXPECT_EQ(sink_.requests[1], sink_.requests[0]);
  EXPECT_EQ(exporter_.dropped(), 0U);
}

TEST_F(SpanExporterTest, WaitsAsLongAsTheReceiverAsks) {
  sink_.script = {{.outcome = Outcome::failed, .retry_after = 7s}};
  queue_.add("one");
  const auto before = Clock::now();
  const auto due = flush();
  ASSERT_TRUE(due);
  EXPECT_GE(*due, before + 7s);
  EXPECT_LE(*due, Clock::now() + 7s);
}

TEST_F(SpanExporterTest, DropsABatchWhoseTimeIsOverAndStillWaits) {
  sink_.script = {{.outcome = Outcome::failed, .retry_after = 31s, .detail = "429"}};
  queue_.add("one");
  EXPECT_TRUE(flush());
  EXPECT_EQ(exporter_.dropped(), 1U);
  EXPECT_EQ(log_.lines(), std::vector<std::string>{"warning spans-dropped spans=1 detail=429"});
  queue_.add("two");
  EXPECT_TRUE(flush());
  EXPECT_EQ(sink_.requests.size(), 1U);
}

TEST_F(SpanExporterTest, DropsABatchAfterFiveAttempts) {
  for (int i = 0; i < 5; ++i) sink_.script.push_back({.outcome = Outcome::failed, .detail = "503"});
  queue_.add("one");
  queue_.add("two");
  flush();
  for (int i = 0; i < 4; ++i) flush_again();
  EXPECT_EQ(sink_.requests.size(), 5U);
  EXPECT_EQ(exporter_.dropped(), 2U);
  flush_again();
  EXPECT_EQ(sink_.requests.size(), 5U);
  EXPECT_EQ(log_.lines(), std::vector<std::string>{"warning spans-dropped spans=2 detail=503"});
}

TEST_F(SpanExporterTest, DropsWhatIsRefusedAndGoesOn) {
  sink_.script = {{.outcome = Outcome::refused, .detail = "400"}};
  for (std::size_t i = 0; i < SpanQueue::kBatchSpans + 1; ++i) queue_.add("s");
  EXPECT_FALSE(flush());
  EXPECT_EQ(sink_.requests.size(), 2U);
  EXPECT_EQ(exporter_.dropped(), SpanQueue::kBatchSpans);
}

TEST_F(SpanExporterTest, CountsSpansThatWereNotAccepted) {
  sink_.script = {{.outcome = Outcome::accepted, .rejected_spans = 3, .detail = "too old"}};
  for (int i = 0; i < 5; ++i) queue_.add("s");
  EXPECT_FALSE(flush());
  EXPECT_EQ(exporter_.dropped(), 3U);
  EXPECT_EQ(log_.lines(), std::vector<std::string>{"warning spans-dropped spans=3 detail=too old"});
}

TEST_F(SpanExporterTest, LogsDropsAtMostOnceAMinuteAndCountsAll) {
  for (int i = 0; i < 3; ++i) {
    sink_.script = {{.outcome = Outcome::refused, .detail = "400"}};
    queue_.add("s");
    flush();
  }
  EXPECT_EQ(log_.lines().size(), 1U);
  EXPECT_EQ(exporter_.dropped(), 3U);
}

TEST(SpanExporter, CountsWhatIsLeftWhenItEnds) {
  SpanQueue queue;
  ScriptedSink sink;
  RecordedLog log;
  {
    SpanExporter exporter({}, queue, sink, log);
    sink.script = {{.outcome = Outcome::failed, .detail = "away"}};
    queue.add("one");
    run(exporter.flush(Clock::now() + 10s));
    queue.add("two");
  }
  EXPECT_EQ(log.lines(), std::vector<std::string>{"warning spans-dropped spans=2 detail=away"});
}

/// A receiver that can be away, and counts the spans that it accepts: each is one `~`.
class DistantSink final : public Sink {
 public:
  asio::awaitable<Delivery> send(std::string_view request,
                                 Clock::time_point /*deadline*/) override {
    ++attempts;
    if (is_away) co_return Delivery{.outcome = Outcome::failed, .detail = "away"};
    received += static_cast<std::uint64_t>(std::ranges::count(request, '~'));
    co_return Delivery{.outcome = Outcome::accepted};
  }

  bool is_away = false;
  std::uint64_t attempts = 0;
  std::uint64_t received = 0;
};

/// An exporter with a clock of its own, to which 100 spans a second are given.
class LongRun {
 public:
  void pass(std::chrono::seconds time) {
    for (const auto end = now_ + time; now_ < end; now_ += 1s) {
      for (int i = 0; i < 100; ++i, ++recorded) queue.add("~");
      run(exporter.flush(now_ + 30s));
      EXPECT_LE(queue.size(), SpanQueue::kMaxSpans);
      // All others are in the batch that waits.
      EXPECT_LE(sink.received + exporter.dropped() + queue.size(), recorded);
      EXPECT_GE(sink.received + exporter.dropped() + queue.size() + SpanQueue::kBatchSpans,
                recorded);
    }
  }
  [[nodiscard]] std::uint64_t logged() const {
    constexpr std::string_view kBefore = "spans=";
    std::uint64_t sum = 0;
    for (const std::string& line : log.lines()) {
      sum += std::stoull(line.substr(line.find(kBefore) + kBefore.size()));
    }
    return sum;
  }

 private:
  Clock::time_point now_{};

 public:
  SpanQueue queue;
  DistantSink sink;
  RecordedLog log;
  SpanExporter exporter{
      {.resource = "", .version = "", .jitter = [] { return 1.0; }, .now = [this] { return now_; }},
      queue,
      sink,
      log};
  std::uint64_t recorded = 0;
};

TEST(SpanExporter, SurvivesAReceiverThatIsAwayForAnHourAndCountsWhatItMissed) {
  LongRun of;
  of.pass(60s);
  EXPECT_EQ(of.sink.received, of.recorded);
  const std::uint64_t attempts_before = of.sink.attempts;
  of.sink.is_away = true;
  of.pass(1h);
  // Five in 23 s, and a pause of 8 s after the last one of a batch.
  EXPECT_LE(of.sink.attempts - attempts_before, 5 * (3600 / 23 + 1));
  EXPECT_LE(of.log.lines().size(), 61U);
  of.sink.is_away = false;
  of.pass(8s);  // the longest pause
  const std::uint64_t missed = of.exporter.dropped();
  EXPECT_GT(missed, 0U);
  of.pass(60s);
  EXPECT_EQ(of.exporter.dropped(), missed);
  EXPECT_EQ(of.queue.size(), 0U);
  EXPECT_EQ(of.sink.received + missed, of.recorded);
  EXPECT_EQ(of.logged(), missed);
}

TEST(OtlpResponse, HasWhatWasRejected) {
  EXPECT_EQ(read_otlp_response("")->rejected_spans, 0U);
  const auto partial = read_otlp_response("\x0A\x0B\x08\xAC\x02\x12\x06why so");
  ASSERT_TRUE(partial);
  EXPECT_EQ(partial->rejected_spans, 300U);
  EXPECT_EQ(partial->message, "why so");
  // Fields of later versions: a varint, 64 bits, 32 bits, bytes.
  constexpr std::string_view kLater = "\x10\x01\x19zzzzzzzz\x25zzzz\x2A\x01z\x0A\x02\x08\x05";
  EXPECT_EQ(read_otlp_response(kLater)->rejected_spans, 5U);
}

TEST(OtlpResponse, ThatIsMalformedIsNothing) {
  for (const std::string_view bad :
       {std::string_view("\x0A"), std::string_view("\x0A\x05\x08"), std::string_view("\xFF"),
        std::string_view("\x0B\x0C"), std::string_view("<html>"),
        std::string_view("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")}) {
    EXPECT_FALSE(read_otlp_response(bad)) << bad;
  }
}

}  // namespace
}  // namespace picus::telemetry
