#include <algorithm>

#include "core/concat.h"
#include "core/error.h"
#include "core/escaped.h"
#include "json/text.h"
#include "telemetry/line.h"

namespace picus {
namespace {

struct LevelLook {
  std::string_view name;
  std::string_view colour;  // SGR: ECMA-48, 8.3.117
};

LevelLook look(Level level) {
  switch (level) {
    case Level::debug:
      return {"DEBUG", "\x1b[2m"};
    case Level::info:
      return {"INFO ", ""};
    case Level::warning:
      return {"WARN ", "\x1b[33m"};
    case Level::error:
      return {"ERROR", "\x1b[31m"};
  }
  return {"ERROR", ""};
}

void begin_line(std::string& out, std::string_view time, Level level, bool colour) {
  const LevelLook shown = look(level);
  const bool coloured = colour && !shown.colour.empty();
  out += time.substr(11, 12);  // the clock, to the millisecond
  out += ' ';
  if (coloured) out += shown.colour;
  out += shown.name;
  if (coloured) out += "\x1b[0m";
  out += ' ';
}

bool is_plain(char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; }

// Quoted as JSON does. DEL and the C1 controls, which JSON leaves as they are, can steer a
// terminal: escaped too.
void append_quoted(std::string& out, std::string_view text) {
  std::string quoted;
  json::append_string(quoted, text);
  out += escaped_controls(quoted);
}

void append_value(std::string& out, std::string_view text) {
  if (!text.empty() && std::ranges::all_of(text, is_plain)) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

// 0.8 ms, 12.3 ms, 4.5 s: to one decimal place, rounded down.
void append_duration(std::string& out, std::chrono::microseconds duration) {
  const bool seconds = duration >= std::chrono::seconds(1);
  const auto tenths = duration.count() / (seconds ? 100'000 : 100);
  append_number(out, tenths / 10);
  out += '.';
  append_number(out, tenths % 10);
  out += seconds ? " s" : " ms";
}

}  // namespace

void append_text_line(std::string& out, std::string_view time, Level level, std::string_view event,
                      std::span<const LogField> fields, bool colour) {
  begin_line(out, time, level, colour);
  append_value(out, event);
  for (const LogField& field : fields) {
    out += ' ';
    append_value(out, field.name);
    out += '=';
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      append_value(out, beginning(*text, kMaxLoggedText));
    } else {
      append_number(out, std::get<std::int64_t>(field.value));
    }
  }
  out += '\n';
}

void append_text_line(std::string& out, std::string_view time, const AccessRecord& record,
                      bool colour) {
  begin_line(out, time, access_level(record), colour);
  append_value(out, record.method.empty() ? "-" : beginning(record.method, kMaxLoggedMethod));
  out += ' ';
  append_value(out, record.unmatched_path.empty() ? record.route : record.unmatched_path);
  out += ' ';
  append_number(out, record.status);
  out += ' ';
  append_duration(out, record.duration);
  out += ' ';
  append_number(out, record.bytes_out);
  out += " B req=";
  append_value(out, beginning(record.request_id, kMaxLoggedRequestId));
  if (!record.principal.empty()) {
    out += " principal=";
    append_quoted(out, record.principal);
  }
  if (record.milliunits > 0) {
    out += " capacity=";
    append_decimal(out, static_cast<std::int64_t>(record.milliunits), 3);
  }
  if (record.error) {
    out += " error=";
    out += traits(record.error->code()).name;
    const std::string_view detail = beginning(record.error->detail(), kMaxLoggedText);
    if (!detail.empty()) {
      out += " detail=";
      append_quoted(out, detail);
    }
  }
  if (record.aborted) out += " aborted";
  out += '\n';
}

}  // namespace picus
