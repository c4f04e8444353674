#include "telemetry/span_queue.h"

#include <utility>

namespace picus::telemetry {

void SpanQueue::add(std::string span) {
  std::unique_lock lock(mutex_);
  if (spans_.size() >= kMaxSpans || bytes_ + span.size() > kMaxBytes) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  bytes_ += span.size();
  spans_.push_back(std::move(span));
  const bool is_batch = spans_.size() == kBatchSpans;
  lock.unlock();
  if (is_batch && when_full_) when_full_();
}

std::vector<std::string> SpanQueue::take() {
  std::vector<std::string> batch;
  std::size_t batch_bytes = 0;
  const std::scoped_lock lock(mutex_);
  while (!spans_.empty() && batch.size() < kBatchSpans &&
         (batch.empty() || batch_bytes + spans_.front().size() <= kBatchBytes)) {
    batch_bytes += spans_.front().size();
    batch.push_back(std::move(spans_.front()));
    spans_.pop_front();
  }
  bytes_ -= batch_bytes;
  return batch;
}

std::size_t SpanQueue::size() const {
  const std::scoped_lock lock(mutex_);
  return spans_.size();
}

}  // namespace picus::telemetry
