#include "cli/command_log.h"

#include <string>

#include "cli/output.h"

namespace picus::cli {
namespace {

struct AppendValue {
  std::string& line;
  void operator()(std::string_view text) const { line += text; }
  void operator()(std::int64_t number) const { line += std::to_string(number); }
};

}  // namespace

void CommandLog::write(Level level, std::string_view event,
                       std::initializer_list<LogField> fields) {
  // The command itself tells of a write that failed.
  if (level < Level::warning || event == "store-write-failed") return;
  std::string line = level == Level::warning ? "picus: warning: " : "picus: ";
  line += event;
  for (const LogField& field : fields) {
    line += ", " + std::string(field.name) + " ";
    std::visit(AppendValue{line}, field.value);
  }
  write_error(line + "\n");
}

// A command serves nobody.
void CommandLog::access(const AccessRecord& /*record*/) {}

}  // namespace picus::cli
