#include "store/dynamodb/write_window.h"

#include <algorithm>

namespace picus {

WriteWindow::WriteWindow(std::size_t most) : most_(std::max(most, 1UZ)), size_(most_) {}

std::size_t WriteWindow::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

void WriteWindow::succeeded() {
  const std::lock_guard lock(mutex_);
  if (++successes_ < size_ || size_ == most_) return;
  ++size_;
  successes_ = 0;
}

void WriteWindow::throttled(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (now - halved_ < kOnce) return;
  halved_ = now;
  size_ = std::max(size_ / 2, 1UZ);
  successes_ = 0;
}

}  // namespace picus
