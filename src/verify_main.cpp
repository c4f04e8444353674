#include <openssl/crypto.h>
#include <unistd.h>

#include <exception>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "aws/credentials/environment.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "config/layers.h"
#include "config/trace_options.h"
#include "core/run.h"
#include "core/standard_descriptors.h"
#include "lambda/runtime.h"
#include "otlp/tracing.h"
#include "telemetry/direct_log.h"
#include "verify/codedeploy_link.h"
#include "verify/hook.h"
#include "verify/options.h"
#include "verify/shell.h"

namespace picus::verify {
namespace {

int refuse(lambda::Runtime& runtime, Log& log, const std::string& reason) {
  log.write(Level::error, "configuration", {{"detail", reason}});
  run(runtime.fail_to_start(reason));
  return 1;
}

/// A hook runs seldom: each run is recorded.
std::expected<OtlpOptions, std::string> tracing_options(const Environment& environment,
                                                        const CodeDeployOptions& codedeploy) {
  const TraceOptions options{.otlp_endpoint = aws::variable(environment, "PICUS_OTLP_ENDPOINT"),
                             .trace_sample = 1,
                             .service_name = "picus-verify"};
  auto otlp = otlp_options(options, environment, codedeploy.region);
  if (otlp) otlp->ca_bundle = codedeploy.ca_bundle;
  return otlp;
}

int serve_hooks(const std::string& address, const Environment& environment) {
  DirectLog log({});
  lambda::Runtime runtime(address, log);
  const auto codedeploy = codedeploy_options(environment);
  if (!codedeploy) return refuse(runtime, log, codedeploy.error());
  const auto otlp = tracing_options(environment, *codedeploy);
  if (!otlp) return refuse(runtime, log, otlp.error());
  const auto tracing = Tracing::start(*otlp, log);
  telemetry::Tracer* const tracer = tracing ? &tracing->tracer() : nullptr;
  CodeDeployLink link(*codedeploy, log, tracer);
  Hook hook(options_of(environment), *link, log, tracer);
  const auto handle = [&](lambda::Invocation invocation) {
    log.tag(invocation.request_id, invocation.trace);
    return hook.answer(std::move(invocation));
  };
  const std::string end = run(runtime.serve(handle, Tracing::sending(tracing.get())));
  log.write(Level::error, "stopped", {{"detail", end}});
  return 1;
}

cli::ExitCode main_of(std::span<const std::string> words) {
  const Environment environment = environment_of(environ);
  const auto address = environment.find("AWS_LAMBDA_RUNTIME_API");
  if (words.empty() && address != environment.end()) {
    return static_cast<cli::ExitCode>(serve_hooks(address->second, environment));
  }
  Options options;
  const auto read = read_options(words, environment, options);
  if (!read) {
    cli::write_error("picus-verify: " + read.error() + "; see picus-verify --help\n");
    return cli::ExitCode::usage;
  }
  if (!read->empty()) {
    cli::write_output(*read);
    return cli::ExitCode::ok;
  }
  const cli::Signals signals;
  return verify_from_shell(options, signals);
}

}  // namespace
}  // namespace picus::verify

int main(int argc, char** argv) {
  picus::open_standard_descriptors();
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);  // it needs none
  try {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(picus::verify::main_of(words));
  } catch (const std::exception& bug) {
    picus::cli::write_error("picus-verify: internal error: " + std::string(bug.what()) + "\n");
    return 1;
  }
}
