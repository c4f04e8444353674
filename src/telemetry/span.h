#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/trace.h"
#include "telemetry/otlp_writer.h"

namespace picus::telemetry {

/// Encodes one span. Attributes appear in the order in which they are added.
class Span {
 public:
  enum class Kind : std::uint8_t { internal = 1, server = 2, client = 3 };  ///< numbers of OTLP

  /// The ids of a span and of its parent.
  struct Ids {
    SpanId id;
    SpanId parent = 0;           ///< 0: the trace begins with this span
    bool remote_parent = false;  ///< the parent is a span of another process
  };

  /// `of`: the context of a request that is recorded.
  Span(const TraceContext& of, Ids ids, Kind kind, std::string_view name);
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

  void add(std::string_view name, std::string_view text);
  void add(std::string_view name, const char* text) { add(name, std::string_view(text)); }
  void add(std::string_view name, std::int64_t number);
  void add(std::string_view name, std::chrono::nanoseconds time);  ///< in seconds
  void add(std::string_view name, double number);
  void add(std::string_view name, bool flag);
  void add(std::string_view name, std::span<const std::string_view> texts);

  /// Sets the status Error.
  void fail();

  /// The span as the field `spans` of a `ScopeSpans`. Must be the last call.
  std::string finish(std::chrono::steady_clock::time_point begin,
                     std::chrono::steady_clock::time_point end);

 private:
  std::shared_ptr<const SharedRequest> request_;
  std::string text_;
  MessageWriter writer_{text_};
};

}  // namespace picus::telemetry
