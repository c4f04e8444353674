#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>

namespace rehearsal {

using Clock = std::chrono::system_clock;

/// One request that came to its end.
struct Record {
  Clock::time_point begin;  ///< when it was due
  Clock::time_point end = {};
  std::string_view target = {};
  std::string_view operation;
  bool failed = false;
  bool unavailable = false;  ///< failed with a 503 that says when to ask again
  bool late = false;         ///< failed with a 504
};

/// The file of all requests, one line each, in no promised order:
/// `END_MICROSECONDS LATENCY_MICROSECONDS TARGET OPERATION RESULT`, where RESULT is ok, failed,
/// unavailable or late. Failures are told on standard error too. Thread-safe; throws
/// std::runtime_error where the file cannot be written.
class Records {
 public:
  explicit Records(const std::string& file);

  void add(const Record& record);
  /// What went wrong with a request that is added as failed.
  void explain(const Record& record, std::string_view why);
  void flush();

  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] std::uint64_t failed() const { return failed_; }

 private:
  std::mutex mutex_;
  std::ofstream out_;
  std::string lines_;
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> failed_ = 0;
};

}  // namespace rehearsal
