#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>

#include "core/log.h"
#include "telemetry/utc_time.h"

namespace picus {

struct DirectLogOptions {
  int fd = 2;                   ///< owned by the caller
  Level minimum = Level::info;  ///< lower levels are not written
  bool access = true;           ///< whether to write a line for each request
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

/// The log of a process that handles one request at a time and may be frozen afterwards: JSON
/// lines, each written before the call returns. Unlike with JsonLog, a descriptor that accepts no
/// data blocks the caller; a descriptor that fails loses lines. Thread-safe.
class DirectLog final : public Log {
 public:
  explicit DirectLog(DirectLogOptions options);

  /// Adds the Lambda invocation to all following lines; empty values are omitted.
  void tag(std::string_view request_id, std::string_view trace);
  /// Whether the options include these lines.
  void choose(Level minimum, bool access);

  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) override;
  void access(const AccessRecord& record) override;

 private:
  std::string_view now();
  void put_line();  // called with mutex_ locked

  DirectLogOptions options_;
  std::mutex mutex_;
  UtcTime time_;  // under mutex_, like the next three
  std::string line_;
  std::string tags_;  // members, each with its comma
  bool has_trace_ = false;
};

}  // namespace picus
