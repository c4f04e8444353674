#pragma once

#include <atomic>

#include "core/log.h"

namespace picus {

/// Forwards events, but warnings and errors only after speak(). Until then the command reports them
/// in one line of its own.
class StartupLog final : public Log {
 public:
  /// `to` outlives it.
  explicit StartupLog(Log& to) : to_(to) {}

  void speak() { speaks_ = true; }

  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) override {
    if (speaks_ || level < Level::warning) to_.write(level, event, fields);
  }
  void access(const AccessRecord& record) override { to_.access(record); }
  void flush() override { to_.flush(); }

 private:
  Log& to_;
  std::atomic<bool> speaks_ = false;
};

}  // namespace picus
