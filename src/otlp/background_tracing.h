#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "otlp/tracing.h"

namespace picus {

namespace asio = boost::asio;

/// Tracing whose spans are sent by a separate thread, every second or when a batch is complete, one
/// request at a time. The destructor sends what is left, for at most two seconds.
class BackgroundTracing {
 public:
  /// Nothing if tracing is off. `lines` outlives it.
  static std::unique_ptr<BackgroundTracing> start(const OtlpOptions& options, Log& lines);
  explicit BackgroundTracing(const OtlpOptions& options, Log& lines);
  ~BackgroundTracing();
  BackgroundTracing(const BackgroundTracing&) = delete;
  BackgroundTracing& operator=(const BackgroundTracing&) = delete;

  [[nodiscard]] Tracing& tracing() { return tracing_; }
  /// How many spans were recorded and did not reach the receiver, so far.
  [[nodiscard]] std::uint64_t dropped() const { return tracing_.dropped(); }

 private:
  asio::awaitable<void> serve();
  asio::awaitable<void> wait_until(std::chrono::steady_clock::time_point time);

  Tracing tracing_;
  asio::io_context context_;
  asio::steady_timer wake_;  ///< used only by the thread, like the next one
  bool stopping_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool has_ended_ = false;  ///< under mutex_
  std::thread thread_;
};

}  // namespace picus
