#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>

namespace picus {

namespace asio = boost::asio;

/// How much a coroutine works in a row. A coroutine that never waits, because its client sends as
/// fast as it works, would keep its thread from all others.
class Turn {
 public:
  static constexpr std::size_t kBytes = 64UZ * 1024;

  /// Counts work that takes as long as that of reading this number of bytes. True: the turn is
  /// over, and let_others_run() is to be called.
  [[nodiscard]] bool spend(std::size_t bytes) {
    spent_ += bytes;
    if (spent_ < kBytes) return false;
    spent_ = 0;
    return true;
  }

 private:
  std::size_t spent_ = 0;
};

/// Returns after all that is ready to run on the executor of this coroutine.
asio::awaitable<void> let_others_run();

}  // namespace picus
