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
  int fd = 2;                                         ///< owned by the caller
  std::size_t max_pending_bytes = 8UZ * 1024 * 1024;  ///< further lines are dropped
  /// How long a line may wait to be written together with others.
  std::chrono::milliseconds gather{10};
  /// How long the destructor waits for a descriptor that accepts no data.
  std::chrono::milliseconds patience{1000};
  /// Appends the line that reports the number of dropped lines. Called by the thread of the sink.
  std::function<void(std::string& out, std::uint64_t dropped)> describe_dropped;
};

/// Takes lines from many threads and writes them to a descriptor on a separate thread. If the
/// descriptor blocks or fails, lines are lost, but callers never wait. Lines are written
/// completely, and those of one caller in order; lines up to PIPE_BUF bytes are not mixed with
/// those of other processes that write to the same pipe. Changes neither the flags of the
/// descriptor nor the signal handling of the process (a broken pipe raises no signal).
class LineSink {
 public:
  explicit LineSink(LineSinkOptions options);
  /// Writes the pending lines.
  ~LineSink();
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

  /// `line` ends with '\n'; it is copied. `hurry`: write it immediately.
  void append(std::string_view line, bool hurry);
  /// Returns when all lines are written, or after `patience`.
  void flush();
  /// Counts a line that could not be created.
  void count_dropped();
  /// The number of lines that were dropped so far.
  [[nodiscard]] std::uint64_t dropped();

 private:
  void run();
  bool take(std::string& batch);
  void report_dropped();
  bool write_lines(std::string_view lines);
  bool wait_until_writable();

  LineSinkOptions options_;
  std::size_t max_piece_;
  bool cut_ =
      false;  // a failure left an incomplete line: end it before the next one; used only by thread_
  std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::string pending_;
  std::uint64_t dropped_ = 0;  // not reported yet
  std::uint64_t reported_ = 0;
  bool hurry_ = false;
  bool broken_ = false;  // the last write failed: do not report

  std::atomic<bool> stopping_ = false;          // written under mutex_
  std::atomic<std::size_t> writing_bytes_ = 0;  // taken from pending_, but not written yet
  std::thread thread_;
};

}  // namespace picus
