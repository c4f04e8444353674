#include "telemetry/json_log.h"

#include <unistd.h>

#include <exception>
#include <string>
#include <utility>

#include "telemetry/line.h"
#include "telemetry/utc_time.h"

namespace picus {
namespace {

// What a thread needs to make a line before it takes the sink's lock. It holds nothing of any one
// log.
struct Draft {
  UtcTime time;
  std::string line;

  std::string_view now(const JsonLogOptions& options) {
    return time.rfc3339(std::chrono::floor<std::chrono::microseconds>(options.clock()));
  }
};

Draft& draft() {
  thread_local Draft draft;
  draft.line.clear();
  return draft;
}

bool is_text(const JsonLogOptions& options) {
  switch (options.format) {
    case JsonLogOptions::Format::json:
      return false;
    case JsonLogOptions::Format::text:
      return true;
    case JsonLogOptions::Format::automatic:
      return ::isatty(options.fd) == 1;
  }
  return false;
}

}  // namespace

JsonLog::JsonLog(JsonLogOptions options)
    : options_(std::move(options)),
      text_(is_text(options_)),
      colour_(options_.colour && ::isatty(options_.fd) == 1),
      sink_({.fd = options_.fd,
             .max_pending_bytes = options_.max_pending_bytes,
             .describe_dropped = [this](std::string& out, std::uint64_t dropped) {
               const LogField lines{"lines", static_cast<std::int64_t>(dropped)};
               const std::string_view time = draft().now(options_);
               constexpr std::string_view kEvent = "log-lines-dropped";
               if (text_) {
                 append_text_line(out, time, Level::warning, kEvent, {&lines, 1}, colour_);
               } else {
                 append_json_line(out, time, Level::warning, kEvent, {&lines, 1});
               }
             }}) {}

void JsonLog::write(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < options_.minimum) return;
  try {
    Draft& made = draft();
    const std::string_view time = made.now(options_);
    if (text_) {
      append_text_line(made.line, time, level, event, fields, colour_);
    } else {
      append_json_line(made.line, time, level, event, fields);
    }
    sink_.append(made.line, level >= Level::warning);
  } catch (const std::exception&) {
    sink_.count_dropped();
  }
}

void JsonLog::access(const AccessRecord& record) {
  if (!options_.access || access_level(record) < options_.minimum) return;
  try {
    Draft& made = draft();
    const std::string_view time = made.now(options_);
    if (text_) {
      append_text_line(made.line, time, record, colour_);
    } else {
      append_json_line(made.line, time, record);
    }
    // No hurry for a 5xx: under overload every line is one, and each would wake the writer.
    sink_.append(made.line, false);
  } catch (const std::exception&) {
    sink_.count_dropped();
  }
}

}  // namespace picus
