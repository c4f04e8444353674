#include "cli/serve.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/algorithm/string/join.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include "api/api.h"
#include "api/lifecycle.h"
#include "api/openapi_json.h"
#include "api/web_files.h"
#include "cli/admin_listener.h"
#include "cli/common_settings.h"
#include "cli/emf_reporter.h"
#include "cli/exposure.h"
#include "cli/metering.h"
#include "cli/output.h"
#include "cli/service_manager.h"
#include "cli/share.h"
#include "config/access_control.h"
#include "core/ids.h"
#include "core/version.h"
#include "net/address.h"
#include "net/server/server.h"
#include "otlp/background_tracing.h"
#include "telemetry/json_log.h"

namespace picus::cli {
namespace {

using std::chrono::milliseconds;

JsonLogOptions::Format format_of(LogFormat format) {
  switch (format) {
    case LogFormat::automatic:
      return JsonLogOptions::Format::automatic;
    case LogFormat::json:
      return JsonLogOptions::Format::json;
    case LogFormat::text:
      return JsonLogOptions::Format::text;
  }
  std::unreachable();
}

JsonLogOptions log_options(const ServeOptions& options) {
  JsonLogOptions log;
  log.format = format_of(options.log_format);
  log.minimum = options.log_level;
  log.access = options.access_log;
  log.colour = options.log_colour;
  return log;
}

bool has_console(const ServeOptions& options) {
  if (options.console != Console::automatic) return options.console == Console::on;
  return std::ranges::all_of(options.server.listen, [](const std::string& address) {
    return net::is_local(address).value_or(false);
  });
}

ApiOptions api_options(const ServeOptions& options) {
  ApiOptions api = options.api;
  api.version = kVersion;
  api.openapi_json = openapi_json();
  if (has_console(options)) api.web_files = web_files();
  return api;
}

net::ServerOptions server_options(const ServeOptions& options, Registry* metrics) {
  net::ServerOptions server = options.server;
  server.metrics = metrics;
  server.handover = options.handover_directory();
  return server;
}

void tell_warnings(Log& log, const ServeOptions& options, std::span<const std::string> warnings) {
  for (const std::string& warning : warnings) {
    log.write(Level::warning, "configuration", {{"detail", warning}});
  }
  if (!options.insecure_no_auth) return;
  log.write(Level::warning, "insecure-no-auth",
            {{"detail", "anyone who can connect to this server can read and change every item"}});
}

/// For whoever started it, and waits for these lines.
void tell_listening(const std::vector<std::string>& urls,
                    const std::vector<std::string>& admin_urls) {
  std::string text;
  for (const std::string& url : urls) text += "listening on " + url + "\n";
  for (const std::string& url : admin_urls) text += "admin listener on " + url + "\n";
  write_output(text);
}

void tell_started(Log& log, const StoreIdentity& store, const std::string& listen) {
  log.write(Level::info, "started",
            {{"version", kVersion},
             {"pid", std::int64_t{getpid()}},
             {"listen", listen},
             {"store", store.kind},
             {"place", store.place},
             {"durability", store.durability}});
}

/// Process 1 gets the children of those that end. The kernel forgets what ends where nobody asks.
void reap_orphans() { std::signal(SIGCHLD, SIG_IGN); }

/// Cuts what is still open as soon as another signal comes, until `done`.
void watch_for_hurry(net::Server& server, Signals& signals, const std::atomic<bool>& done) {
  constexpr milliseconds kSlice(20);
  while (!done) {
    if (!signals.wait(kSlice)) continue;
    server.hurry();
    return;
  }
}

/// How long clients have to leave by themselves.
milliseconds drain_delay(const ServeOptions& options, const net::Server& server) {
  constexpr milliseconds kToLeave(1000);
  return options.drain_delay.value_or(server.is_relied_on() ? kToLeave : milliseconds(0));
}

/// Whether every request in flight got its answer.
bool drain(net::Server& server, milliseconds delay, milliseconds timeout, Signals& signals) {
  const bool hurry = delay.count() > 0 && signals.wait(delay);
  std::atomic<bool> done = false;
  std::jthread watch(watch_for_hurry, std::ref(server), std::ref(signals), std::cref(done));
  const bool in_peace = server.stop(hurry ? milliseconds(0) : timeout);
  done = true;
  return in_peace;
}

/// Null if authentication is off.
std::expected<std::unique_ptr<AccessControl>, std::string> start_access(ServeOptions& options,
                                                                        Registry* metrics,
                                                                        Log& log) {
  if (!options.access.is_on()) return nullptr;
  auto access = AccessControl::open(options.access, {.metrics = metrics}, log);
  if (!access) return access;
  (*access)->follow();
  options.api.verifier = &(*access)->verifier();
  return access;
}

void warn_of_exposure(Log& log, const StoreOptions& store,
                      std::initializer_list<std::vector<std::string>> listeners) {
  if (store.chosen_kind().has_directory) warn_of_directory(log, store);
  for (const auto& urls : listeners) warn_of_sockets(log, urls);
}

/// Completes the requests in flight.
void stop(net::Server& server, const ServeOptions& options, int signal, Signals& signals,
          Log& log) {
  const milliseconds delay = drain_delay(options, server);
  log.write(Level::info, "draining",
            {{"signal", signal_name(signal)}, {"delay_ms", std::int64_t{delay.count()}}});
  const bool in_peace = drain(server, delay, options.drain_timeout, signals);
  log.write(in_peace ? Level::info : Level::warning, "stopped",
            {{"requests", in_peace ? "all completed" : "some aborted"}});
}

ExitCode serve(ServeOptions options, const Call& call, Signals& signals) {
  if (const auto limit = net::check_descriptor_limit(options.server); !limit) {
    return fail(limit.error(), ExitCode::usage);
  }
  const std::string token = options.share ? share(options) : std::string();
  JsonLog lines(log_options(options));
  // It was checked with the other options.
  const auto traces = BackgroundTracing::start(otlp_options(options).value(), lines);
  if (traces) options.api.tracer = options.store.table.tracer = &traces->tracing().tracer();
  Log& log = traces ? traces->tracing().log() : lines;
  Metering metering(options, lines, log);
  tell_warnings(log, options, warnings_of(call, options));
  const auto access = start_access(options, metering.registry(), log);
  if (!access) return fail(access.error(), ExitCode::usage);
  const auto opened = open_store(options.store,
                                 {.access = Access::read_and_write,
                                  .offered = options.api.operations,
                                  .metrics = metering.registry()},
                                 log);
  if (!opened) return fail(opened.error(), ExitCode::unreachable);
  if (getpid() == 1) reap_orphans();
  IdSource ids;
  Lifecycle lifecycle;
  Api api(*opened->store, ids, lifecycle, api_options(options));
  metering.watch(*opened->store, lifecycle, traces.get());
  AdminListener admin(*opened->store, ids, lifecycle, metering.registry(), options, log);
  const EmfReporter emf(metering.registry(), options);
  const auto admin_urls = admin.start();
  if (!admin_urls) return fail("--admin-listen: " + admin_urls.error(), ExitCode::unreachable);
  net::Server server(api, metering.log(), lifecycle, server_options(options, metering.registry()));
  const auto urls = server.start();
  if (!urls) return fail("--listen: " + urls.error(), ExitCode::unreachable);
  tell_listening(*urls, *admin_urls);
  report_readiness(call.environment, log);
  if (!token.empty()) write_output(curl_command(*urls, options, token) + "\n");
  const StoreIdentity store = opened->store->identity();
  tell_started(log, store, boost::algorithm::join(*urls, " "));
  // A directory with a typing error in its name has no items.
  if (opened->is_new) {
    log.write(Level::info, "store-created", {{"detail", "new store in " + store.place}});
  }
  warn_of_exposure(log, options.store, {*urls, *admin_urls});
  const int signal = signals.wait();
  lifecycle.drain();
  admin.yield();
  stop(server, options, signal, signals, log);
  return ExitCode::ok;
}

}  // namespace

std::vector<std::string> warnings_of(const Call& call, const ServeOptions& options) {
  std::vector<std::string> known{std::string(kAuthVariable), std::string(kTokenVariable)};
  for (const Command& command : call.commands) {
    for (const Setting& setting : command.settings) known.push_back(setting.variable());
  }
  std::erase(known, std::string());
  auto warnings = unknown_variables(call.environment, known);
  auto warning = options.store.chosen_kind().warning(options.store);
  if (!warning.empty()) warnings.push_back(std::move(warning));
  return warnings;
}

Command serve_command(const std::shared_ptr<ServeOptions>& options) {
  Command command{
      .name = "serve",
      .summary = "Serve the items of a data directory or a DynamoDB table over HTTP",
      .details =
          "Prints \"listening on URL\" to standard output for each address when the server is "
          "ready, and log lines to standard error. SIGTERM, SIGINT or SIGHUP start a drain: the "
          "server completes the requests in flight and exits. A second signal closes their "
          "connections.\n\nThe value of a setting is taken from the flag, else from the variable, "
          "else from the file of --config, else from the default. The file has lines \"key = "
          "value\", where the key is the flag without its dashes, and comments after #. An empty "
          "variable counts as absent. An AWS variable is used if the one of Picus is absent. "
          "Durations are whole numbers with ms, s, m or h; sizes are whole numbers of bytes, or of "
          "KiB, MiB or GiB with that suffix.",
      .settings = settings_of(*options),
      .check = [options](const Call&) { return check(*options); },
      .text =
          [options](const Call& call) {
            return options->check_config
                       ? as_config_file(call.values) + as_comments(options->access)
                       : std::string();
          },
      .run = [options](const Call& call,
                       Signals& signals) { return serve(*options, call, signals); }};
  command.settings.push_back(config_setting());
  command.settings.push_back(
      {.name = "check-config",
       .value = switched(options->check_config),
       .help = "Print the effective configuration in the format of --config, and exit.",
       .scope = Scope::flag});
  return command;
}

}  // namespace picus::cli
