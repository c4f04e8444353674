#pragma once

#include <atomic>

namespace picus {

/// Whether the process is draining. One per process, owned by main; any thread may read and write
/// it.
class Lifecycle {
 public:
  /// From now on /readyz returns 503 and responses have `Connection: close`; requests are still
  /// served.
  void drain() { draining_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool draining() const { return draining_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> draining_ = false;
};

}  // namespace picus
