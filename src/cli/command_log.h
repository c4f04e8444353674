#pragma once

#include "core/log.h"

namespace picus::cli {

/// The log of commands: writes warnings and errors as lines to standard error.
class CommandLog final : public Log {
 public:
  void write(Level level, std::string_view event, std::initializer_list<LogField> fields) override;
  void access(const AccessRecord& record) override;
};

}  // namespace picus::cli
