#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

namespace picus {

namespace asio = boost::asio;

/// Waits. Returns immediately if the coroutine is cancelled.
asio::awaitable<void> pause(std::chrono::milliseconds time);

/// Waits until `is_there`, which is called every 10 ms, returns true, or until the deadline. False:
/// it never returned true. `is_there` may refer to objects of the caller.
asio::awaitable<bool> wait_until(std::function<bool()> is_there,
                                 std::chrono::steady_clock::time_point deadline);

}  // namespace picus
