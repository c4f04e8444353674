#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

#include "core/error.h"

namespace picus {

enum class Level : std::uint8_t { debug, info, warning, error };

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

/// One served request, for the log and the metrics.
struct AccessRecord {
  /// As the client wrote it; empty where the request line was unreadable.
  std::string_view method = {};
  /// The pattern: `/picus/get/{key}`.
  std::string_view route;
  /// Where no route matches: the path, without keys and not whole if it is long. Empty: one
  /// matches.
  std::string_view unmatched_path = {};
  unsigned status;
  std::string_view request_id;
  /// In X-Ray's format; empty: none.
  std::string_view trace = {};
  /// Who made the request, as a label of printable ASCII; empty: nobody is proven.
  std::string_view principal = {};
  /// nullptr: none.
  const Error* error = nullptr;
  /// Head and body, on the wire.
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::chrono::microseconds duration{};
  /// The connection ended before the response was sent.
  bool aborted = false;
};

/// Where events go. Thread-safe; never blocks on the sink; never throws. Views are copied before
/// the call returns. Callers never pass bodies, values of members, keys or tokens; only
/// `store-damaged` names the key of an item that cannot be read.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(Level level, std::string_view event,
                     std::initializer_list<LogField> fields) = 0;
  virtual void access(const AccessRecord& record) = 0;
  /// Returns when what was written is out, or after a second: for who is about to end the process.
  virtual void flush() {}
};

}  // namespace picus
