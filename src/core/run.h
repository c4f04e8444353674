#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <utility>

namespace picus {

namespace asio = boost::asio;

/// Runs a coroutine to its end in a context of its own. For tests and for commands that run one
/// coroutine.
void run(asio::awaitable<void> work);

template <typename T>
asio::awaitable<void> keep_result(asio::awaitable<T> work, std::optional<T>* result) {
  result->emplace(co_await std::move(work));
}

/// The same of a coroutine with a result.
template <typename T>
T run(asio::awaitable<T> work) {
  std::optional<T> result;
  run(keep_result(std::move(work), &result));
  return std::move(*result);
}

}  // namespace picus
