#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "api/api.h"
#include "api/lifecycle.h"
#include "cli/output.h"
#include "config/access_control.h"
#include "config/lambda_options.h"
#include "config/layers.h"
#include "core/ids.h"
#include "core/run.h"
#include "core/standard_descriptors.h"
#include "lambda/function.h"
#include "lambda/runtime.h"
#include "otlp/tracing.h"
#include "store/dynamodb/store.h"
#include "store/dynamodb/table_client.h"
#include "telemetry/direct_log.h"
#include "telemetry/emf_log.h"

namespace picus {
namespace {

constexpr std::chrono::milliseconds kFirstFetch{4000};

int fail(Log& log, std::string_view event, std::string_view detail) {
  log.write(Level::error, event, {{"detail", detail}});
  return 1;
}

/// What is counted, and the log that writes it.
struct Metrics {
  Metrics(const LambdaOptions& options, Log& to)
      : log(to, registry, options.metrics.dimensions(options.traces.service_name),
            [](std::string_view lines) { cli::write_output(lines); }) {}

  Registry registry;
  EmfLog log;
};

int serve(lambda::Runtime& runtime, LambdaOptions options, DirectLog& lines) {
  const auto tracing = Tracing::start(options.otlp, lines);
  if (tracing) options.api.tracer = options.table.tracer = &tracing->tracer();
  Log& traced = tracing ? tracing->log() : lines;
  const auto metrics =
      options.metrics.emf ? std::make_unique<Metrics>(options, traced) : std::unique_ptr<Metrics>();
  Registry* const registry = metrics ? &metrics->registry : nullptr;
  Log& log = metrics ? metrics->log : traced;
  std::unique_ptr<AccessControl> access;
  if (options.access.is_on()) {
    // Nothing is fetched before the first request, which waits for both documents of its issuer.
    auto opened = AccessControl::open(options.access,
                                      {.in_advance = false,
                                       .max_wait = std::min(kFirstFetch, options.api.deadline),
                                       .metrics = registry},
                                      log);
    if (!opened) return fail(log, "configuration", opened.error());
    access = std::move(*opened);
    access->follow();
    options.api.verifier = &access->verifier();
  }
  TableClient client(options.table, log, registry);
  client.speak();
  DynamoDbStore store(*client,
                      {.table = options.table.name,
                       .key_attribute = options.table.key_attribute,
                       .offered = options.api.operations,
                       .metrics = registry},
                      log);
  IdSource ids;
  const Lifecycle lifecycle;
  Api api(store, ids, lifecycle, options.api);
  lambda::Function function(api, log, options.base_path, options.trusts_iam);
  const auto handle = [&](lambda::Invocation invocation) {
    lines.tag(invocation.request_id, invocation.trace);
    return function.answer(std::move(invocation));
  };
  return fail(log, "stopped", run(runtime.serve(handle, Tracing::sending(tracing.get()))));
}

int main_of() {
  DirectLog log({});
  const Environment environment = environment_of(environ);
  const auto address = environment.find("AWS_LAMBDA_RUNTIME_API");
  if (address == environment.end()) {
    return fail(log, "configuration",
                "AWS_LAMBDA_RUNTIME_API is not set: this program runs as a Lambda function");
  }
  lambda::Runtime runtime(address->second, log);
  LambdaOptions options;
  const auto warnings = read_variables(environment, options);
  if (!warnings) {
    run(runtime.fail_to_start(warnings.error()));
    return fail(log, "configuration", warnings.error());
  }
  log.choose(options.log_level, options.access_log);
  for (const std::string& warning : *warnings) {
    log.write(Level::warning, "configuration", {{"detail", warning}});
  }
  return serve(runtime, std::move(options), log);
}

}  // namespace
}  // namespace picus

int main() {
  picus::open_standard_descriptors();
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);  // a function has none
  try {
    return picus::main_of();
  } catch (const std::exception& bug) {
    picus::cli::write_error("bootstrap: internal error: " + std::string(bug.what()) + "\n");
    return 1;
  }
}
