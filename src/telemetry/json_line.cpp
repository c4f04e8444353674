#include "core/concat.h"
#include "core/error.h"
#include "json/text.h"
#include "telemetry/line.h"

namespace picus {
namespace {

void begin_line(std::string& out, std::string_view time, Level level) {
  out += R"({"time":")";
  out += time;
  out += R"(","level":")";
  out += name_of(level);
  out += R"(","event":)";
}

using json::append_member;

// `name` with its comma and colon: `,"status":`.
void append_member(std::string& out, std::string_view name, std::integral auto value) {
  out += name;
  append_number(out, value);
}

void append_trace(std::string& out, const TraceContext& trace, bool has_trace) {
  if (!has_trace && !trace.is_new) {
    out += R"(,"trace":")";
    append_xray(out, trace, trace.parent);
    out += '"';
  }
  append_id_members(out, trace.trace, trace.span);
}

}  // namespace

void append_json_line(std::string& out, std::string_view time, Level level, std::string_view event,
                      std::span<const LogField> fields) {
  begin_line(out, time, level);
  json::append_string(out, event);
  for (const LogField& field : fields) {
    out += ',';
    json::append_string(out, field.name);
    out += ':';
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      json::append_string(out, beginning(*text, kMaxLoggedText));
    } else {
      append_number(out, std::get<std::int64_t>(field.value));
    }
  }
  out += "}\n";
}

void append_json_line(std::string& out, std::string_view time, const AccessRecord& record,
                      bool has_trace) {
  begin_line(out, time, access_level(record));
  out += R"("request")";
  append_member(out, R"(,"request_id":)", beginning(record.request_id, kMaxLoggedRequestId));
  if (record.trace != nullptr) append_trace(out, *record.trace, has_trace);
  append_member(out, R"(,"method":)", beginning(record.method, kMaxLoggedMethod));
  append_member(out, R"(,"route":)", record.route);
  if (!record.unmatched_path.empty()) append_member(out, R"(,"path":)", record.unmatched_path);
  append_member(out, R"(,"status":)", record.status);
  if (!record.principal.empty()) append_member(out, R"(,"principal":)", record.principal);
  append_member(out, R"(,"bytes_in":)", record.bytes_in);
  append_member(out, R"(,"bytes_out":)", record.bytes_out);
  append_member(out, R"(,"duration_us":)", record.duration.count());
  if (record.milliunits > 0) {
    out += R"(,"capacity":)";
    append_decimal(out, static_cast<std::int64_t>(record.milliunits), 3);
  }
  if (record.error) {
    append_member(out, R"(,"error":)", traits(record.error->code()).name);
    const std::string_view detail = beginning(record.error->detail(), kMaxLoggedText);
    if (!detail.empty()) append_member(out, R"(,"detail":)", detail);
  }
  if (record.aborted) out += R"(,"aborted":true)";
  out += "}\n";
}

Level access_level(const AccessRecord& record) {
  return record.status >= 500 ? Level::warning : Level::info;
}

std::string_view beginning(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  // Byte `end` is the first that is left out: the cut is good if it begins a character. No
  // character has 4 bytes that continue it, so that what is not UTF-8 loses no more than 3.
  while (end > 0 && max_bytes - end < 3 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

}  // namespace picus
