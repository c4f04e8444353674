#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

namespace picus {

namespace asio = boost::asio;

/// Runs a coroutine to its end on a new thread. For tests and for commands that run one coroutine.
template <typename T>
T run(asio::awaitable<T> work) {
  asio::io_context context(1);
  std::exception_ptr thrown;
  std::optional<T> result;
  asio::co_spawn(context, std::move(work), [&](std::exception_ptr error, T value) {
    thrown = error;
    result.emplace(std::move(value));
  });
  context.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*result);
}

}  // namespace picus
