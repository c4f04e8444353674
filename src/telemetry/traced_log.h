#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "core/log.h"
#include "telemetry/tracer.h"

namespace picus::telemetry {

/// Forwards everything to a log, and records the span of each served request whose trace is
/// recorded.
class TracedLog final : public Log {
 public:
  /// `to` and `tracer` outlive it. `span_name`: of all spans; empty: method and route.
  TracedLog(Log& to, Tracer& tracer, std::string span_name = {});

  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) override {
    to_.write(level, event, fields);
  }
  void access(const AccessRecord& record) override;
  void flush() override { to_.flush(); }

 private:
  Log& to_;
  Tracer& tracer_;
  std::string span_name_;
};

}  // namespace picus::telemetry
