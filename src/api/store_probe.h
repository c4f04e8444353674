#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <mutex>
#include <optional>

#include "core/store.h"

namespace picus {

/// Asks a store whether it can be used, for all who want to know: one question at a time, and its
/// answer is kept for a second. Thread-safe.
class StoreProbe {
 public:
  /// `store` outlives it.
  explicit StoreProbe(Store& store) : store_(store) {}

  asio::awaitable<StoreState> state(Context context);

 private:
  using Clock = std::chrono::steady_clock;
  class Turn;

  /// What is known; nothing: somebody has to ask. Where that is the caller, `asking_` is set.
  std::optional<StoreState> known(Clock::time_point now, bool& is_turn);

  Store& store_;
  std::mutex mutex_;
  bool asking_ = false;
  std::optional<StoreState> last_;
  Clock::time_point last_until_{};
};

}  // namespace picus
