#include "telemetry/span_exporter.h"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "telemetry/otlp_writer.h"

namespace picus::telemetry {
namespace {

using std::chrono::milliseconds;

constexpr unsigned kMaxAttempts = 5;
constexpr std::chrono::seconds kMaxAge{30};
constexpr std::chrono::seconds kReportInterval{60};
/// A receiver that asks for a longer pause is asked again nevertheless.
constexpr std::chrono::minutes kMaxWait{5};
/// The longest delay after each attempt.
constexpr std::array<milliseconds, kMaxAttempts> kDelays = {milliseconds(1000), milliseconds(2000),
                                                            milliseconds(4000), milliseconds(8000),
                                                            milliseconds(8000)};

constexpr std::string_view kFull = "spans were recorded faster than they could be sent";

double random_fraction() {
  thread_local std::minstd_rand random(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace

struct SpanExporter::Batch {
  std::string request;
  std::size_t spans;
  Clock::time_point first;
  unsigned attempts = 0;
};

SpanExporter::SpanExporter(Options options, SpanQueue& queue, Sink& sink, Log& log)
    : options_(std::move(options)), queue_(queue), sink_(sink), log_(log) {}

SpanExporter::~SpanExporter() {
  const std::uint64_t left = (batch_ ? batch_->spans : 0) + queue_.size();
  if (left > 0) drop(left, last_detail_.empty() ? "the process ends" : last_detail_);
  next_report_ = {};
  report();
}

std::uint64_t SpanExporter::dropped() const {
  return dropped_.load(std::memory_order_relaxed) + queue_.dropped();
}

asio::awaitable<std::optional<SpanExporter::Clock::time_point>> SpanExporter::flush(
    Clock::time_point deadline) {
  for (auto now = options_.now(); now < deadline && now >= due_; now = options_.now()) {
    if (!batch_) {
      const std::vector<std::string> spans = queue_.take();
      if (spans.empty()) break;
      batch_ = std::make_unique<Batch>(otlp_request(options_.resource, options_.version, spans),
                                       spans.size(), now);
    }
    ++batch_->attempts;
    settle(co_await sink_.send(batch_->request, deadline));
  }
  report();
  co_return options_.now() < due_ ? std::optional(due_) : std::nullopt;
}

/// Decides what to do with the batch after an attempt.
void SpanExporter::settle(Delivery delivery) {
  due_ = {};
  switch (delivery.outcome) {
    case Delivery::Outcome::accepted:
      if (delivery.rejected_spans > 0) drop(delivery.rejected_spans, delivery.detail);
      batch_.reset();
      return;
    case Delivery::Outcome::refused:
      drop(batch_->spans, delivery.detail);
      batch_.reset();
      return;
    case Delivery::Outcome::failed:
      break;
  }
  last_detail_ = delivery.detail;
  // Also a batch that follows one that is dropped waits: the receiver is the same.
  due_ = options_.now() + std::min<milliseconds>(delay(delivery), kMaxWait);
  if (batch_->attempts < kMaxAttempts && due_ <= batch_->first + kMaxAge) return;
  drop(batch_->spans, delivery.detail);
  batch_.reset();
}

milliseconds SpanExporter::delay(const Delivery& delivery) const {
  if (delivery.retry_after) return *delivery.retry_after;
  const double part = options_.jitter ? options_.jitter() : random_fraction();
  const milliseconds most = kDelays.at(batch_->attempts - 1);
  // At least a half: a receiver that refuses connections is not asked again at once.
  return most / 2 +
         milliseconds(static_cast<milliseconds::rep>(part * static_cast<double>(most.count()) / 2));
}

void SpanExporter::drop(std::uint64_t spans, std::string_view detail) {
  dropped_.fetch_add(spans, std::memory_order_relaxed);
  last_detail_ = detail;
}

void SpanExporter::report() {
  const std::uint64_t all = dropped();
  const auto now = options_.now();
  if (all == reported_ || now < next_report_) return;
  log_.write(Level::warning, "spans-dropped",
             {{"spans", static_cast<std::int64_t>(all - reported_)},
              {"detail", last_detail_.empty() ? kFull : std::string_view(last_detail_)}});
  reported_ = all;
  next_report_ = now + kReportInterval;
}

}  // namespace picus::telemetry
