#include "cli/retries.h"

#include <algorithm>
#include <cstdint>

#include "config/units.h"
#include "core/pause.h"

namespace picus::cli {

void Retries::take(const net::ResponseHead& response) {
  constexpr std::uint64_t kLongestWait = 10;
  has_answered_ = true;
  const bool later = response.status == 503 || response.status == 429;
  const std::uint64_t told = parse_count(response.header("retry-after")).value_or(1);
  after_ = std::chrono::seconds(later ? std::clamp<std::uint64_t>(told, 1, kLongestWait) : 0);
}

asio::awaitable<bool> Retries::wait_until(Clock::time_point end) const {
  if (after_.count() == 0 || Clock::now() >= end) co_return false;
  co_await pause(after_);
  co_return true;
}

}  // namespace picus::cli
