#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace bench {

/// The least that durable writing can be: records one after the other in a file. One thread writes
/// all records that wait and makes them durable with one fdatasync (group commit). A system call
/// that fails ends the program.
class AppendLog {
 public:
  /// Called on the log's own thread after each fdatasync, with the number of records that are
  /// durable by now.
  using Committed = std::function<void(std::uint64_t records)>;

  /// Creates the file, or empties it.
  AppendLog(const std::string& path, Committed committed);
  /// Makes durable what waits.
  ~AppendLog();
  AppendLog(const AppendLog&) = delete;
  AppendLog& operator=(const AppendLog&) = delete;

  /// The record waits for the next fdatasync. From any thread; records are written in the order of
  /// the calls.
  void append(std::string_view record);

 private:
  void run();
  /// Waits for records and moves them into `batch`; false: the log closes and none are left.
  bool take(std::string& batch);

  Committed committed_;
  int fd_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string waiting_;
  std::uint64_t appended_ = 0;
  std::uint64_t taken_ = 0;  ///< the log's own thread's
  bool closing_ = false;
  std::thread thread_;
};

/// Writes all of `bytes` at the end of the file.
void write_all(int fd, std::string_view bytes);

/// Opens the file for appending, empty.
int open_log(const std::string& path);

}  // namespace bench
