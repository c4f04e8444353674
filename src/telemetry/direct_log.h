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
  int fd = 2;                   ///< stays the caller's
  Level minimum = Level::info;  ///< lines below it are not written
  bool access = true;           ///< whether there is a line for every request
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

/// The log of a process that does one thing at a time and may be frozen after any of them: JSON
/// lines, each of them written when the call returns. A descriptor that takes nothing makes the
/// caller wait, unlike JsonLog's; one that fails loses lines. Thread-safe.
class DirectLog final : public Log {
 public:
  explicit DirectLog(DirectLogOptions options);

  /// From now on every line says which Lambda invocation it belongs to; empty values are left out.
  void tag(std::string_view request_id, std::string_view trace);
  /// What the options say of these.
  void choose(Level minimum, bool access);

  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) override;
  void access(const AccessRecord& record) override;

 private:
  std::string_view now();
  void put_line();  // with mutex_ held

  DirectLogOptions options_;
  std::mutex mutex_;
  UtcTime time_;  // under mutex_, as the next two
  std::string line_;
  std::string tags_;  // members, each with its comma
};

}  // namespace picus
