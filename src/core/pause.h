#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

namespace picus {

namespace asio = boost::asio;

/// Waits. Where the coroutine is cancelled it is over at once.
asio::awaitable<void> pause(std::chrono::milliseconds time);

}  // namespace picus
