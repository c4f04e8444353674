#pragma once

#include <atomic>

namespace picus {

/// Where the process stands on its way out. One for a process, owned by main; any thread may read
/// and write it.
class Lifecycle {
 public:
  /// From now on /readyz says 503 and answers carry `Connection: close`; requests are still served.
  void drain() { draining_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool draining() const { return draining_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> draining_ = false;
};

}  // namespace picus
