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
  /// automatic: text if the descriptor is a terminal, otherwise json.
  enum class Format : std::uint8_t { automatic, json, text };

  int fd = 2;  ///< owned by the caller
  Format format = Format::automatic;
  Level minimum = Level::info;  ///< lower levels are not written
  bool access = true;           ///< whether to write a line for each request
  bool colour = true;           ///< use colours for text on a terminal (false: NO_COLOR)
  std::size_t max_pending_bytes = 8UZ * 1024 * 1024;
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

/// The log of the process: one line per event, as JSON or as text for people, written by a separate
/// thread. Lines are written within about 10 ms, warnings and errors immediately. If the descriptor
/// accepts no data, lines beyond `max_pending_bytes` are dropped; a warning `log-lines-dropped`
/// reports their number as soon as possible. The destructor writes the pending lines, but waits at
/// most a second for a descriptor that accepts no data.
class JsonLog final : public Log {
 public:
  explicit JsonLog(JsonLogOptions options);

  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) override;
  void access(const AccessRecord& record) override;
  void flush() override { sink_.flush(); }

  /// The number of lines that were dropped so far.
  [[nodiscard]] std::uint64_t dropped_lines() { return sink_.dropped(); }

 private:
  JsonLogOptions options_;
  bool text_;
  bool colour_;
  LineSink sink_;  // the last member: its thread uses the others until it ends
};

}  // namespace picus
