#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

#include "core/http.h"

namespace picus {

enum class Level : std::uint8_t { debug, info, warning, error };

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

/// One served request, as the log and the metrics want to know it.
struct AccessRecord {
  std::string_view method;  ///< as the client wrote it; empty where the request line was unreadable
  const Response& response;
  std::uint64_t bytes_in;   ///< head and body, on the wire
  std::uint64_t bytes_out;  ///< head and body, on the wire
  std::chrono::microseconds duration;
  bool aborted = false;  ///< the connection went away, or was cut, before the answer was out
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
