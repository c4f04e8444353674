#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/log.h"
#include "telemetry/sink.h"
#include "telemetry/span_queue.h"

namespace picus::telemetry {

/// Sends the spans of a queue in batches, one after the other. A batch that fails is sent again, up
/// to five times within 30 s; then it is dropped, counted and logged. For one thread.
class SpanExporter {
 public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    std::string resource;                 ///< as otlp_resource() returns it
    std::string version;                  ///< of Picus
    std::function<double()> jitter = {};  ///< for tests: from 0 to 1; empty: random
    std::function<Clock::time_point()> now = &Clock::now;  ///< for tests: another clock
  };

  /// `queue`, `sink` and `log` outlive it.
  SpanExporter(Options options, SpanQueue& queue, Sink& sink, Log& log);
  ~SpanExporter();

  /// Sends batches until no span is left, one fails, or the deadline has passed. Returns when the
  /// batch that failed is to be sent again; before that time, a call sends nothing. Nothing: no
  /// batch is waiting.
  asio::awaitable<std::optional<Clock::time_point>> flush(Clock::time_point deadline);

  /// The process is about to end: the next call sends a batch that failed before its time.
  void hurry() { due_ = {}; }

  /// From any thread: how many spans were recorded and did not reach the receiver, so far.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  struct Batch;

  void settle(Delivery delivery);
  [[nodiscard]] std::chrono::milliseconds delay(const Delivery& delivery) const;
  void drop(std::uint64_t spans, std::string_view detail);
  void report();

  Options options_;
  SpanQueue& queue_;
  Sink& sink_;
  Log& log_;
  std::unique_ptr<Batch> batch_;  ///< on its way, or waiting
  Clock::time_point due_{};       ///< of `batch_`
  Clock::time_point next_report_{};
  std::uint64_t reported_ = 0;
  std::string last_detail_;
  std::atomic<std::uint64_t> dropped_ = 0;  ///< by this class
};

}  // namespace picus::telemetry
