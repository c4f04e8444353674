#include "cli/import_items.h"

#include <unistd.h>

#include <algorithm>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "cli/command_log.h"
#include "cli/importer.h"
#include "cli/interruption.h"
#include "cli/job.h"
#include "cli/output.h"
#include "cli/server_sink.h"
#include "cli/store_sink.h"
#include "core/escaped.h"
#include "core/last_error.h"

namespace picus::cli {
namespace {

/// What is ready before anything is stored.
struct Prepared {
  std::unique_ptr<Source> first;
  std::optional<Rejects> rejects;
};

ExitCode run_import(asio::io_context& context, ItemSink& sink, const ImportOptions& options,
                    Prepared& prepared, const Signals& signals, OnSignal on_signal) {
  Progress progress;
  Importer importer(sink,
                    {.on_conflict = options.on_conflict,
                     .id_from = options.id_from,
                     .rejects = prepared.rejects ? &*prepared.rejects : nullptr},
                    progress, signals);
  const ExitCode code =
      run_job(context, importer.run(options.files, std::move(prepared.first)), signals, on_signal);
  if (code == ExitCode::interrupted) importer.tell_interrupted();
  if (code == ExitCode::unreachable) return code;
  importer.tell_failed();
  importer.tell_sum();
  return code;
}

ExitCode import_through_server(const ImportOptions& options, Prepared& prepared,
                               const Signals& signals) {
  constexpr std::chrono::seconds kPatience(60);
  asio::io_context context(1);
  auto client = net::HttpClient::make(context.get_executor(), options.place.url, kPatience,
                                      options.place.store.table.ca_bundle);
  if (!client) return fail("--url: " + client.error(), ExitCode::usage);
  ServerSink sink(std::move(*client), options.place.token);
  return run_import(context, sink, options, prepared, signals, OnSignal::cancel);
}

/// Says so where a file cannot be read, before anything is opened or made. A pipe must not be
/// opened twice, so this only asks.
bool is_readable(const std::string& file) {
  if (file == "-" || access(file.c_str(), R_OK) == 0) return true;
  write_error("picus: " + without_userinfo(file) + ": cannot be read: " + last_error() + "\n");
  return false;
}

/// Looks at the files before a single item is stored: all of them, but pipes only where one is the
/// first, since what is read of a pipe is gone, and its writer may wait for another.
std::expected<std::unique_ptr<Source>, InputEnd> look_at(const std::vector<std::string>& files,
                                                         const Signals& signals) {
  auto first = Source::open(files.front(), signals);
  if (!first) return first;
  for (std::size_t at = 1; at < files.size(); ++at) {
    if (std::error_code ignored; !std::filesystem::is_regular_file(files[at], ignored)) continue;
    const auto source = Source::open(files[at], signals);
    if (!source) return std::unexpected(source.error());
  }
  return first;
}

std::expected<Prepared, ExitCode> prepare(const ImportOptions& options, const Signals& signals) {
  if (!std::ranges::all_of(options.files, is_readable)) return std::unexpected(ExitCode::failed);
  Prepared prepared;
  auto first = look_at(options.files, signals);
  if (!first && first.error().interrupted) return std::unexpected(ExitCode::interrupted);
  if (!first) return std::unexpected(fail(first.error().message));
  prepared.first = std::move(*first);
  if (options.rejects.empty()) return prepared;
  auto rejects = Rejects::open(options.rejects, signals);
  if (!rejects && signals.pending()) return std::unexpected(ExitCode::interrupted);
  if (!rejects) return std::unexpected(fail("--rejects: " + rejects.error()));
  prepared.rejects.emplace(std::move(*rejects));
  return prepared;
}

ExitCode import_items(const ImportOptions& options, const Signals& signals) {
  auto prepared = prepare(options, signals);
  if (!prepared) return prepared.error();
  if (!options.place.url.empty()) return import_through_server(options, *prepared, signals);
  asio::io_context context(1);
  CommandLog log;
  std::optional<Interruption> interruption;  // a table's client ends its calls by itself
  if (!options.place.store.is_dynamodb()) interruption.emplace(options.place.store.data, signals);
  const auto opened =
      open_store(options.place.store,
                 {.access = options.create ? Access::read_and_write : Access::existing}, log);
  if (!opened) return fail(opened.error(), ExitCode::unreachable);
  StoreSink sink(*opened->store);
  return run_import(context, sink, options, *prepared, signals, OnSignal::look);
}

}  // namespace

Command import_command(const std::shared_ptr<ImportOptions>& options) {
  Command command{
      .name = "import",
      .summary = "Read items from JSON files: NDJSON, arrays or consecutive objects",
      .details =
          "FILE may be -, which is standard input, and may be compressed with gzip or zstd. The "
          "format is detected from the first bytes of the file, not from its name. A file that is "
          "not JSON is refused before anything is stored, with a hint on how to convert it. An "
          "item without an id gets one that is derived from its text. Therefore an interrupted "
          "import can be repeated: items that are already stored are counted as skipped, and no "
          "item is stored twice. Items that cannot be stored are reported, the import continues, "
          "and the "
          "exit code is 1.",
      .operands = {.placeholder = "FILE...",
                   .least = 1,
                   .most = 1'000'000,
                   .to = &options->files,
                   .are_files = true},
      .settings = settings_of(options->place),
      .check = [options](const Call& call) { return settle_place(options->place, call); },
      .run = [options](const Call&,
                       const Signals& signals) { return import_items(*options, signals); }};
  command.settings.push_back(
      {.name = "on-conflict",
       .value = choice(options->on_conflict, {{"fail", OnConflict::fail},
                                              {"skip", OnConflict::skip},
                                              {"replace", OnConflict::replace}}),
       .help = "What to do with an item if its id belongs to a stored item with other content. "
               "fail: report an error. skip: keep the stored item, without comparing. replace: "
               "overwrite the stored item.",
       .scope = Scope::flag});
  command.settings.push_back(
      {.name = "id-from",
       .value = text(options->id_from, "MEMBER"),
       .help = "Member whose value becomes the id: a string, a number as it is written, or "
               "MongoDB's {\"$oid\":…}. The member stays in the item, unless it is id itself.",
       .scope = Scope::flag});
  command.settings.push_back(
      {.name = "rejects",
       .value = file(options->rejects),
       .help = "File for the items that cannot be stored, one per line, to be corrected and "
               "imported again. It must not exist. It appears at the end if there are such items, "
               "and only its owner may read it.",
       .scope = Scope::flag});
  command.settings.push_back({.name = "create",
                              .value = switched(options->create),
                              .help = "Create the store if the data directory has none.",
                              .scope = Scope::flag});
  return command;
}

}  // namespace picus::cli
