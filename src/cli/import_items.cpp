#include "cli/import_items.h"

#include <unistd.h>

#include <algorithm>

#include "cli/command_log.h"
#include "cli/importer.h"
#include "cli/job.h"
#include "cli/open_store.h"
#include "cli/output.h"
#include "cli/server_sink.h"
#include "cli/store_sink.h"
#include "core/last_error.h"

namespace picus::cli {
namespace {

ExitCode run_import(asio::io_context& context, ItemSink& sink, const ImportOptions& options,
                    const Signals& signals, OnSignal on_signal) {
  Progress progress;
  Importer importer(sink, options.on_conflict, progress, signals);
  const ExitCode code = run_job(context, importer.run(options.files), signals, on_signal);
  if (code == ExitCode::interrupted) importer.tell_interrupted();
  if (code != ExitCode::unreachable) importer.tell_sum();
  return code;
}

ExitCode import_through_server(const ImportOptions& options, const Signals& signals) {
  constexpr std::chrono::seconds kPatience(60);
  asio::io_context context(1);
  auto client = net::HttpClient::make(context.get_executor(), options.url, kPatience,
                                      options.store.table.ca_bundle);
  if (!client) {
    write_error("picus: --url: " + client.error().message() + "\n");
    return ExitCode::usage;
  }
  ServerSink sink(std::move(*client));
  return run_import(context, sink, options, signals, OnSignal::cancel);
}

/// Says so where a file cannot be read, before anything is opened or made. A pipe must not be
/// opened twice, so this only asks.
bool is_readable(const std::string& file) {
  if (file == "-" || access(file.c_str(), R_OK) == 0) return true;
  write_error("picus: " + file + ": cannot be read: " + last_error() + "\n");
  return false;
}

}  // namespace

ExitCode import_items(const ImportOptions& options, const Signals& signals) {
  if (!std::ranges::all_of(options.files, is_readable)) return ExitCode::failed;
  if (!options.url.empty()) return import_through_server(options, signals);
  asio::io_context context(1);
  CommandLog log;
  const auto opened = open_store(options.store, Access::read_and_write, log);
  if (!opened) {
    write_error("picus: " + opened.error().message() + "\n");
    return ExitCode::unreachable;
  }
  StoreSink sink(*opened->store);
  return run_import(context, sink, options, signals, OnSignal::look);
}

}  // namespace picus::cli
