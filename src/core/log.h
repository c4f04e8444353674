#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <variant>

#include "core/error.h"
#include "core/trace.h"

namespace picus {

enum class Level : std::uint8_t { debug, info, warning, error };

/// As log lines and `--log-level` have it.
constexpr std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      break;
  }
  return "error";
}

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

/// An attribute of a span.
struct SpanAttribute {
  std::string_view name;
  std::variant<std::string_view, bool> value;
};

/// One served request, for the log and the metrics.
struct AccessRecord {
  /// As the client sent it; empty if the request line could not be parsed.
  std::string_view method = {};
  /// The pattern: `/picus/get/{key}`.
  std::string_view route;
  /// If no route matches: the path without keys, truncated if it is long. Empty if a route matches.
  std::string_view unmatched_path = {};
  unsigned status;
  std::string_view request_id;
  /// nullptr: none.
  const TraceContext* trace = nullptr;
  /// The name of the authenticated sender, in printable ASCII; empty: none.
  std::string_view principal = {};
  /// nullptr: none.
  const Error* error = nullptr;
  /// Head and body, on the wire.
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::chrono::microseconds duration{};
  /// Capacity units of a table, in thousandths; 0: none is known.
  std::uint64_t milliunits = 0;
  /// The connection ended before the response was sent.
  bool aborted = false;

  // For the span of the request.
  std::string_view scheme = "http";
  std::string_view host = {};                      ///< the header
  std::string_view user_agent = {};                ///< the header
  std::string_view http_version = {};              ///< `1.1`; empty: unknown
  std::span<const SpanAttribute> attributes = {};  ///< what else the front knows
};

/// Receives log events. Thread-safe; never blocks on the sink; never throws. Views are copied
/// before the call returns. Callers never pass bodies, values of members, keys or tokens; only
/// `store-damaged` has the key of an item that cannot be read.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(Level level, std::string_view event,
                     std::initializer_list<LogField> fields) = 0;
  virtual void access(const AccessRecord& record) = 0;
  /// Returns when all lines are written, or after a second. For use before the process ends.
  virtual void flush() {}
};

}  // namespace picus
