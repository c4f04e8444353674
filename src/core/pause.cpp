#include "core/pause.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace picus {

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  if (time.count() <= 0) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<bool> wait_until(std::function<bool()> is_there,
                                 std::chrono::steady_clock::time_point deadline) {
  constexpr std::chrono::milliseconds kLookAgain{10};
  while (!is_there()) {
    if (std::chrono::steady_clock::now() >= deadline) co_return false;
    co_await pause(kLookAgain);
  }
  co_return true;
}

}  // namespace picus
