#pragma once

#include "core/log.h"

namespace picus {

/// A log that drops all events, for code whose failures the caller reports.
class NoLog final : public Log {
 public:
  void write(Level, std::string_view, std::initializer_list<LogField>) override {}
  void access(const AccessRecord&) override {}
};

}  // namespace picus
