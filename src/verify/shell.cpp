#include "verify/shell.h"

#include <string>
#include <utility>

#include "cli/output.h"
#include "config/units.h"
#include "core/ids.h"
#include "core/run.h"
#include "verify/verification.h"

namespace picus::verify {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr auto kCleanUpTime = 10s;

void append_column(std::string& line, std::string_view text, std::size_t width) {
  line += text;
  line.append(text.size() < width ? width - text.size() : 1, ' ');
}

std::string_view word_of(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::ok:
      return "ok";
    case Outcome::Kind::failed:
      return "failed";
    case Outcome::Kind::not_run:
      return "not run";
  }
  std::unreachable();
}

void print(const Outcome& outcome) {
  std::string line;
  append_column(line, word_of(outcome.kind), 9);
  append_column(line, outcome.check, 18);
  if (outcome.kind != Outcome::Kind::not_run) {
    line += format_elapsed(std::chrono::duration_cast<milliseconds>(outcome.duration));
  }
  if (!outcome.fault.empty()) line += "  " + outcome.fault;
  line.erase(line.find_last_not_of(' ') + 1);
  cli::write_output(line + "\n");
}

}  // namespace

cli::ExitCode verify_from_shell(const Options& options, const cli::Signals& signals) {
  net::HttpPool::Options pool_options;
  pool_options.ca_bundle = options.ca_bundle;
  net::HttpPool pool(pool_options);
  const auto begun = Clock::now();
  Plan plan{.origin = options.url,
            .version = options.expect_version,
            .proof = options.proof,
            .request_timeout = options.request_timeout,
            .patience = options.patience,
            .checks_end = begun + options.timeout,
            .clean_up_end = begun + options.timeout + kCleanUpTime,
            .token = IdSource().token(),
            .tell = print,
            .stops = [&] { return signals.pending(); }};
  const Result result = run(verify(&pool, std::move(plan)));
  const auto elapsed = std::chrono::duration_cast<milliseconds>(Clock::now() - begun);
  const std::string version = result.version.empty() ? "" : ", version " + result.version + ",";
  cli::write_output(options.url + version + (result.ok() ? " passed in " : " failed in ") +
                    format_elapsed(elapsed) + "\n");
  if (signals.pending()) return cli::ExitCode::interrupted;
  return result.ok() ? cli::ExitCode::ok : cli::ExitCode::failed;
}

}  // namespace picus::verify
