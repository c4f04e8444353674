#include "telemetry/tracer.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <memory>
#include <system_error>
#include <utility>

namespace picus::telemetry {
namespace {

constexpr unsigned kDecisiveBits = 56;  // W3C Trace Context, level 2, 3.2.2.3
constexpr std::uint64_t kAllChosen = std::uint64_t{1} << kDecisiveBits;

/// Random numbers of one thread: a system call for each would cost more than the number.
class RandomNumbers {
 public:
  std::uint64_t next() {
    if (used_ == numbers_.size()) fill();
    return numbers_[used_++];
  }

 private:
  void fill() {
    constexpr std::size_t kBytes = sizeof numbers_;  // up to 256, all of them are returned
    ssize_t got = -1;
    do got = ::getrandom(numbers_.data(), kBytes, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
    used_ = 0;
  }

  std::array<std::uint64_t, 32> numbers_{};
  std::size_t used_ = numbers_.size();
};

std::uint64_t random_number() {
  thread_local RandomNumbers numbers;
  return numbers.next();
}

}  // namespace

SpanId new_span_id() { return std::max<std::uint64_t>(random_number(), 1); }

TraceId new_trace_id() { return {.high = random_number(), .low = new_span_id()}; }

Tracer::Tracer(Options options, SpanQueue& queue)
    : least_chosen_(static_cast<std::uint64_t>(
          std::llround((1.0 - options.ratio) * static_cast<double>(kAllChosen)))),
      to_xray_(options.to_xray),
      queue_(queue) {}

bool Tracer::is_chosen(TraceId id) const { return (id.low & (kAllChosen - 1)) >= least_chosen_; }

TraceContext Tracer::begin(TraceContext incoming,
                           std::chrono::steady_clock::time_point begun) const {
  TraceContext context = std::move(incoming);
  if (context.is_none()) {
    context.trace = new_trace_id();
    context.is_new = context.is_random = true;
  }
  context.span = new_span_id();
  if (context.sampled == Sampled::unknown) {
    context.sampled = is_chosen(context.trace) ? Sampled::yes : Sampled::no;
  }
  if (context.sampled != Sampled::yes) return context;
  auto recorded = std::make_shared<SharedRequest>();
  recorded->has_spans = true;
  recorded->begun = begun;
  recorded->begun_since_1970 = std::chrono::system_clock::now().time_since_epoch() -
                               (std::chrono::steady_clock::now() - begun);
  context.shared = std::move(recorded);
  return context;
}

}  // namespace picus::telemetry
