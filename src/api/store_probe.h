#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <mutex>
#include <optional>

#include "core/store.h"

namespace picus {

/// Checks whether a store can be used, for all callers: one check at a time, whose result is kept
/// for a second. Thread-safe.
class StoreProbe {
 public:
  /// `store` outlives it.
  explicit StoreProbe(Store& store) : store_(store) {}

  asio::awaitable<StoreState> state(Context context);

 private:
  using Clock = std::chrono::steady_clock;
  class Turn;

  /// The known state; nothing: it must be checked. If the caller must do that, `asking_` is set.
  std::optional<StoreState> known(Clock::time_point now, bool& is_turn);

  Store& store_;
  std::mutex mutex_;
  bool asking_ = false;
  std::optional<StoreState> last_;
  Clock::time_point last_until_{};
};

}  // namespace picus
