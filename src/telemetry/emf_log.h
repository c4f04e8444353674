#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "core/log.h"
#include "telemetry/emf.h"
#include "telemetry/http_metrics.h"

namespace picus {

/// The log of a process that serves one request at a time and may be frozen between two: writes the
/// metrics of each request with its line.
class EmfLog final : public Log {
 public:
  using Write = std::function<void(std::string_view lines)>;

  /// `to` outlives it, and `registry` too. `write`: puts out the lines of the metrics.
  EmfLog(Log& to, Registry& registry, EmfWriter::Dimensions dimensions, Write write)
      : to_(to),
        requests_(registry),
        emf_(registry, std::move(dimensions)),
        write_(std::move(write)) {}

  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) override {
    to_.write(level, event, fields);
  }
  void access(const AccessRecord& record) override {
    requests_.count(record);
    to_.access(record);
    write_(emf_.lines(std::chrono::system_clock::now()));
  }
  void flush() override { to_.flush(); }

 private:
  Log& to_;
  HttpMetrics requests_;
  EmfWriter emf_;
  Write write_;
};

}  // namespace picus
