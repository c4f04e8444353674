#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

namespace picus {

namespace asio = boost::asio;

/// Waits. Returns immediately if the coroutine is cancelled.
asio::awaitable<void> pause(std::chrono::milliseconds time);

/// Waits until `is_there` says so, which it asks every 10 ms, or until the deadline. False: it has
/// not been there. `is_there` may refer to what the caller holds.
asio::awaitable<bool> wait_until(std::function<bool()> is_there,
                                 std::chrono::steady_clock::time_point deadline);

}  // namespace picus
