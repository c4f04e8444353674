#include "telemetry/tracer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <new>
#include <set>

#include "core/no_log.h"
#include "telemetry/traced_log.h"

// ThreadSanitizer has an operator new of its own, beside which there can be no other.
#if !__has_feature(thread_sanitizer)

namespace {

thread_local std::uint64_t allocations = 0;

}  // namespace

// Counts what the tests of this program allocate.
void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes)) return memory;  // NOLINT(*-no-malloc)
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }  // NOLINT(*-no-malloc)
void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);  // NOLINT(*-no-malloc)
}

#endif

namespace picus::telemetry {
namespace {

using Clock = std::chrono::steady_clock;

TraceContext called(Sampled sampled) {
  return {.trace = {.high = 1, .low = 2}, .parent = 3, .sampled = sampled};
}

TEST(Tracer, BeginsATraceWhereThereIsNone) {
  SpanQueue queue;
  const Tracer tracer({.ratio = 1}, queue);
  std::set<TraceId> traces;
  std::set<SpanId> spans;
  constexpr int kRequests = 1000;
  for (int i = 0; i < kRequests; ++i) {
    const TraceContext context = tracer.begin({}, Clock::now());
    EXPECT_TRUE(context.is_new);
    EXPECT_EQ(context.parent, 0U);
    EXPECT_NE(context.span, 0U);
    EXPECT_TRUE(context.is_recorded());
    traces.insert(context.trace);
    spans.insert(context.span);
  }
  EXPECT_EQ(traces.size(), kRequests);
  EXPECT_EQ(spans.size(), kRequests);
}

TEST(Tracer, ContinuesATraceAsItsCallerDecided) {
  SpanQueue queue;
  for (const double ratio : {0.0, 1.0}) {
    const Tracer tracer({.ratio = ratio}, queue);
    for (const Sampled sampled : {Sampled::yes, Sampled::no}) {
      const TraceContext context = tracer.begin(called(sampled), Clock::now());
      EXPECT_EQ(context.trace, (TraceId{.high = 1, .low = 2}));
      EXPECT_EQ(context.parent, 3U);
      EXPECT_NE(context.span, 0U);
      EXPECT_FALSE(context.is_new);
      EXPECT_EQ(context.sampled, sampled);
      EXPECT_EQ(context.is_recorded(), sampled == Sampled::yes);
    }
  }
}

TEST(Tracer, DecidesByTheRatioWhereNoCallerDid) {
  SpanQueue queue;
  constexpr int kRequests = 20'000;
  for (const double ratio : {0.0, 0.05, 0.5, 1.0}) {
    const Tracer tracer({.ratio = ratio}, queue);
    int recorded = 0;
    for (int i = 0; i < kRequests; ++i) {
      const TraceContext context = tracer.begin({}, Clock::now());
      recorded += context.is_recorded() ? 1 : 0;
      EXPECT_EQ(context.is_recorded(), context.sampled == Sampled::yes);
    }
    // Six standard deviations, and exact at the ends.
    const double expected = ratio * kRequests;
    EXPECT_NEAR(recorded, expected, 6 * std::sqrt(expected * (1 - ratio)));
  }
}

TEST(Tracer, DecidesAlikeForEveryRequestOfATrace) {
  SpanQueue queue;
  const Tracer one({.ratio = 0.5}, queue);
  const Tracer another({.ratio = 0.5}, queue);
  for (int i = 0; i < 100; ++i) {
    const TraceContext incoming{.trace = new_trace_id()};
    EXPECT_EQ(one.begin(incoming, Clock::now()).sampled,
              another.begin(incoming, Clock::now()).sampled);
  }
  // The first bits of the 64 have no influence.
  const TraceContext least{.trace = {.high = ~0ULL, .low = 0xFF7F'FFFF'FFFF'FFFF}};
  const TraceContext most{.trace = {.high = 0, .low = 0x0080'0000'0000'0000}};
  EXPECT_EQ(one.begin(least, Clock::now()).sampled, Sampled::no);
  EXPECT_EQ(one.begin(most, Clock::now()).sampled, Sampled::yes);
}

#if !__has_feature(thread_sanitizer)
TEST(Tracer, ARequestThatIsNotRecordedAllocatesNothing) {
  SpanQueue queue;
  Tracer tracer({.ratio = 0}, queue);
  NoLog nowhere;
  TracedLog log(nowhere, tracer);
  (void)tracer.begin({}, Clock::now());  // the random numbers of this thread
  const std::uint64_t before = allocations;
  for (int i = 0; i < 1000; ++i) {
    const TraceContext context =
        tracer.begin(i % 2 == 0 ? TraceContext() : called(Sampled::no), Clock::now());
    log.access({.method = "GET",
                .route = "/picus/get/{key}",
                .status = 200,
                .request_id = "1",
                .trace = &context});
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(queue.size(), 0U);
  const TraceContext recorded = tracer.begin(called(Sampled::yes), Clock::now());
  log.access({.route = "/", .status = 200, .request_id = "1", .trace = &recorded});
  EXPECT_GT(allocations, before);
  EXPECT_EQ(queue.size(), 1U);
}
#endif

TEST(SpanQueue, HasBounds) {
  SpanQueue queue;
  int full = 0;
  queue.when_full([&] { ++full; });
  for (std::size_t i = 0; i < SpanQueue::kMaxSpans + 7; ++i) queue.add(std::to_string(i));
  EXPECT_EQ(queue.size(), SpanQueue::kMaxSpans);
  EXPECT_EQ(queue.dropped(), 7U);
  EXPECT_EQ(full, 1);
  std::size_t taken = 0;
  for (auto batch = queue.take(); !batch.empty(); batch = queue.take()) {
    EXPECT_EQ(batch.size(), SpanQueue::kBatchSpans);
    EXPECT_EQ(batch.front(), std::to_string(taken));
    taken += batch.size();
  }
  EXPECT_EQ(taken, SpanQueue::kMaxSpans);
  queue.add("again");
  EXPECT_EQ(queue.size(), 1U);
}

TEST(SpanQueue, CountsBytesToo) {
  SpanQueue queue;
  const std::string large(SpanQueue::kBatchBytes / 2 + 1, 'x');
  const std::size_t room = SpanQueue::kMaxBytes / large.size();
  for (std::size_t i = 0; i < room + 2; ++i) queue.add(large);
  EXPECT_EQ(queue.size(), room);
  EXPECT_EQ(queue.dropped(), 2U);
  EXPECT_EQ(queue.take().size(), 1U);
}

}  // namespace
}  // namespace picus::telemetry
