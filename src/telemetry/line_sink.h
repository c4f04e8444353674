#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace picus {

struct LineSinkOptions {
  int fd = 2;                                         ///< stays the caller's
  std::size_t max_pending_bytes = 8UZ * 1024 * 1024;  ///< what would pass it is dropped
  std::chrono::milliseconds gather{10};               ///< how long a line may wait for others
  /// How long the destructor waits for a descriptor that takes nothing.
  std::chrono::milliseconds patience{1000};
  /// Appends the line that says how many were dropped. Called by the sink's own thread.
  std::function<void(std::string& out, std::uint64_t dropped)> describe_dropped;
};

/// Takes lines from many threads and writes them to a descriptor from one thread of its own.
/// A descriptor that blocks, or fails, costs lines but never a caller's time. Lines come out whole
/// and, of one caller, in order; to a pipe also whole among those of other processes, up to
/// PIPE_BUF bytes. Changes neither the descriptor's flags nor how the process treats signals (a
/// broken pipe raises none).
class LineSink {
 public:
  explicit LineSink(LineSinkOptions options);
  /// Writes what is pending.
  ~LineSink();
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

  /// `line` ends with '\n'; it is copied. `hurry`: it need not wait for others.
  void append(std::string_view line, bool hurry);
  /// Returns when every line is out, or after `patience`.
  void flush();
  /// A line that could not even be made.
  void count_dropped();

 private:
  void run();
  bool take(std::string& batch);
  void report_dropped();
  bool write_lines(std::string_view lines);
  bool wait_until_writable();

  LineSinkOptions options_;
  std::size_t max_piece_;
  bool cut_ = false;  // a failure left a line without its end: end it before the next; thread_'s
  std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::string pending_;
  std::uint64_t dropped_ = 0;  // and not reported yet
  bool hurry_ = false;
  bool broken_ = false;  // the last write failed: no use to report

  std::atomic<bool> stopping_ = false;          // written under mutex_
  std::atomic<std::size_t> writing_bytes_ = 0;  // taken from pending_, not written yet
  std::thread thread_;
};

}  // namespace picus
