#include "cli/check_store.h"

#include <string>

#include "cli/command_log.h"
#include "cli/output.h"
#include "cli/units.h"
#include "json/text.h"
#include "store/lmdb_check.h"

namespace picus::cli {

ExitCode check_store(const CheckOptions& options) {
  CommandLog log;
  const auto report = picus::check(options.data, log);
  if (!report) {
    write_error("picus: " + report.error().message() + "\n");
    const bool broken = report.error().code() == ErrorCode::store_damaged;
    return broken ? ExitCode::failed : ExitCode::unreachable;
  }
  std::string text;
  for (const CheckProblem& problem : report->problems) {
    json::append_string(text, problem.key);
    text += ": " + problem.what + "\n";
  }
  if (report->problem_count > report->problems.size()) {
    text += "and " + format_count(report->problem_count - report->problems.size()) + " more\n";
  }
  text += options.data.string() + ": " + format_count(report->items) + " items, " +
          format_bytes(report->json_bytes) + " of JSON, " +
          (report->problem_count == 0 ? "no problems"
                                      : format_count(report->problem_count) + " problems") +
          "\n";
  write_output(text);
  return report->problem_count == 0 ? ExitCode::ok : ExitCode::failed;
}

}  // namespace picus::cli
