#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string_view>

#include "core/log.h"
#include "telemetry/line_sink.h"

namespace picus {

struct JsonLogOptions {
  /// automatic: text if the descriptor is a terminal, else json.
  enum class Format : std::uint8_t { automatic, json, text };

  int fd = 2;  ///< stays the caller's
  Format format = Format::automatic;
  Level minimum = Level::info;  ///< lines below it are not written
  bool access = true;           ///< whether there is a line for every request
  bool colour = true;           ///< text on a terminal may be coloured (false: NO_COLOR)
  std::size_t max_pending_bytes = 8UZ * 1024 * 1024;
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

/// The process's log: a line an event, JSON or for a person to read, written by a thread of its
/// own. Lines leave within about 10 ms, warnings and errors at once. A descriptor that takes no
/// more costs lines beyond `max_pending_bytes`; the log says how many in a warning
/// `log-lines-dropped` once it can. The destructor writes what is pending, but waits no longer than
/// a second for a descriptor that takes nothing.
class JsonLog final : public Log {
 public:
  explicit JsonLog(JsonLogOptions options);

  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) override;
  void access(const AccessRecord& record) override;
  void flush() override { sink_.flush(); }

 private:
  JsonLogOptions options_;
  bool text_;
  bool colour_;
  LineSink sink_;  // last: its thread uses the others until it ends
};

}  // namespace picus
