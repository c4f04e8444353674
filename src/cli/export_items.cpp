#include "cli/export_items.h"

#include <algorithm>
#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command_log.h"
#include "cli/job.h"
#include "cli/list_response.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/retries.h"
#include "cli/server_sink.h"
#include "config/units.h"
#include "core/ascii.h"
#include "core/concat.h"
#include "net/client/http_client.h"
#include "net/server/gzip_stream.h"
#include "store/lmdb/directory.h"

namespace picus::cli {
namespace {

/// Writes what arrives and counts it.
class Export {
 public:
  /// `compressed`: as gzip.
  Export(Output output, bool compressed, const Signals& signals)
      : output_(std::move(output)), signals_(signals) {
    if (compressed) gzip_.emplace();
  }

  asio::awaitable<ExitCode> from_store(Store* store, bool skip_damaged);
  asio::awaitable<ExitCode> from_server(net::HttpClient* client, ClientToken token);

  /// Ends the whole: `code` is how the reading ended.
  ExitCode finish(ExitCode code);

 private:
  static constexpr std::size_t kPageBytes = 1024UZ * 1024;

  asio::awaitable<std::expected<net::ResponseHead, std::string>> begin_page(
      net::HttpClient* client, Authorization* authorization, std::string target);
  asio::awaitable<std::expected<net::ResponseHead, std::string>> begin_page_once(
      net::HttpClient* client, Authorization* authorization, std::string target);
  asio::awaitable<std::expected<std::string, ExitCode>> page_from_server(net::HttpClient* client,
                                                                         net::ResponseHead head);
  ExitCode write(std::string_view text);
  std::expected<void, OutputEnd> put_out(std::string_view text);
  std::expected<void, OutputEnd> finish_output();
  ExitCode ended(OutputEnd end);
  ExitCode unread(const Error& error);
  ExitCode unread(const std::string& error);

  Output output_;
  std::optional<net::GzipStream> gzip_;
  std::string packed_;
  const Signals& signals_;
  Retries retries_;
  Progress progress_;
  Advance advance_;
  std::uint64_t left_out_ = 0;
};

asio::awaitable<ExitCode> Export::from_store(Store* store, bool skip_damaged) {
  const auto pages = store->scan_all({.page_bytes = kPageBytes,
                                      .separator = '\n',
                                      .page_deadline = std::chrono::minutes(1),
                                      .skip_damaged = skip_damaged});
  std::string buffer;
  for (;;) {
    auto page = co_await pages->read(std::move(buffer));
    if (!page) co_return unread(page.error());
    left_out_ += page->damaged.size();
    const ExitCode code = write(page->text);
    if (code != ExitCode::ok || !page->next) co_return code;
    buffer = std::move(page->text);
  }
}

asio::awaitable<ExitCode> Export::from_server(net::HttpClient* client, ClientToken token) {
  Authorization authorization(std::move(token));
  std::string target = "/picus/list";
  for (;;) {
    auto head = co_await begin_page(client, &authorization, target);
    if (!head) co_return unread(head.error());
    const std::uint64_t before = advance_.items;
    auto next = co_await page_from_server(client, std::move(*head));
    if (!next) co_return next.error();
    if (next->empty()) co_return ExitCode::ok;
    // A page that is not the last one has items, and a cursor behind them.
    if (advance_.items == before || *next == target || !next->starts_with('/')) {
      co_return unread(std::string(kForeign));
    }
    target = std::move(*next);
  }
}

/// The head of the response with a page. Of a page that failed before, nothing is written yet.
asio::awaitable<std::expected<net::ResponseHead, std::string>> Export::begin_page(
    net::HttpClient* client, Authorization* authorization, std::string target) {
  const auto end = Retries::Clock::now() + Retries::kPatience;
  for (;;) {
    auto head = co_await begin_page_once(client, authorization, target);
    if (head || !co_await retries_.wait_until(end)) co_return head;
  }
}

asio::awaitable<std::expected<net::ResponseHead, std::string>> Export::begin_page_once(
    net::HttpClient* client, Authorization* authorization, std::string target) {
  retries_.begin();
  net::HttpRequest request{.method = "GET", .target = std::move(target), .headers = {}};
  request.headers.push_back({"Accept", "application/x-ndjson"});
  auto head = co_await ask(client, authorization, std::move(request));
  if (!head) co_return std::unexpected(with_advice(head.error()));
  retries_.take(*head);
  if (head->status == 200) co_return head;
  const auto body = co_await read_all(client, kPageBytes);
  co_return std::unexpected(refusal(head->status, body.value_or(std::string())));
}

/// Writes a page. Returns the target of the next one; empty: this is the last one. A server returns
/// the whole list as one page, the function only as much as a response can hold.
asio::awaitable<std::expected<std::string, ExitCode>> Export::page_from_server(
    net::HttpClient* client, net::ResponseHead head) {
  if (!head.header("content-type").starts_with("application/x-ndjson")) {
    co_return std::unexpected(unread(std::string(kForeign)));
  }
  ItemLines lines;
  for (;;) {
    const auto piece = co_await client->read();
    if (!piece) co_return std::unexpected(unread(piece.error()));
    if (!lines.take(*piece)) co_return std::unexpected(unread(std::string(kForeign)));
    if (piece->empty()) break;
    if (const ExitCode code = write(*piece); code != ExitCode::ok) co_return std::unexpected(code);
  }
  if (!lines.is_whole()) {
    co_return std::unexpected(
        unread(std::string("The list is not complete: its last line has no end.")));
  }
  co_return next_of(head);
}

ExitCode Export::write(std::string_view text) {
  const auto written = put_out(text);
  if (!written) return ended(written.error());
  advance_.items += static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
  advance_.bytes += text.size();
  progress_.show(advance_);
  return signals_.pending() ? ExitCode::interrupted : ExitCode::ok;
}

std::expected<void, OutputEnd> Export::put_out(std::string_view text) {
  if (!gzip_) return output_.write(text);
  packed_.clear();
  gzip_->write(text, packed_);
  return output_.write(packed_);
}

std::expected<void, OutputEnd> Export::finish_output() {
  if (!gzip_) return output_.commit();
  packed_.clear();
  gzip_->finish(packed_);
  if (const auto written = output_.write(packed_); !written) return written;
  return output_.commit();
}

ExitCode Export::ended(OutputEnd end) {
  switch (end) {
    case OutputEnd::interrupted:
      return ExitCode::interrupted;
    case OutputEnd::reader_gone:
      return ExitCode::failed;  // quietly: `picus export | head` has what it wants
    case OutputEnd::failed:
      progress_.print("picus: " + output_.error());
      return ExitCode::failed;
  }
  std::unreachable();
}

ExitCode Export::unread(const std::string& error) {
  if (signals_.pending()) return ExitCode::interrupted;
  progress_.print("picus: " + error);
  return advance_.items == 0 ? ExitCode::unreachable : ExitCode::failed;
}

ExitCode Export::unread(const Error& error) {
  if (error.code() != ErrorCode::store_damaged) return unread(error.message());
  const ExitCode code = unread(error.message() + " To skip damaged items, give --skip-damaged.");
  return code == ExitCode::unreachable ? ExitCode::failed : code;
}

ExitCode Export::finish(ExitCode code) {
  if (code == ExitCode::ok) {
    const auto committed = finish_output();
    if (!committed) return ended(committed.error());
  }
  const auto elapsed = progress_.elapsed();
  const std::string sum = concat(advance_.items, " items, ", format_bytes(advance_.bytes), " in ",
                                 format_elapsed(elapsed), ", ", rate(advance_.items, elapsed));
  if (code == ExitCode::ok) progress_.print("exported " + sum);
  if (code == ExitCode::ok && left_out_ != 0) {
    progress_.print(concat("picus: ", left_out_, " damaged items were skipped"));
    return ExitCode::failed;
  }
  if (code == ExitCode::interrupted) {
    progress_.print("picus: interrupted after " + sum + "; the export is not complete");
  }
  return code;
}

ExitCode export_from_server(Export& job, const ExportOptions& options, const Signals& signals) {
  constexpr std::chrono::seconds kPatience(60);
  asio::io_context context(1);
  const auto client = net::HttpClient::make(context.get_executor(), options.place.url, kPatience,
                                            options.place.store.table.ca_bundle);
  if (!client) return fail("--url: " + client.error(), ExitCode::usage);
  return run_job(context, job.from_server(client->get(), options.place.token), signals,
                 OnSignal::cancel);
}

ExitCode export_from_store(Export& job, const ExportOptions& options, const Signals& signals) {
  asio::io_context context(1);
  CommandLog log;
  const auto opened = open_store(options.place.store, {.access = Access::read}, log);
  if (!opened) return fail(opened.error(), ExitCode::unreachable);
  return run_job(context, job.from_store(opened->store.get(), options.skip_damaged), signals,
                 OnSignal::look);
}

bool has_ending(const std::filesystem::path& file, std::string_view ending) {
  return equals_ignoring_case(file.extension().native(), ending);
}

ExitCode export_items(const ExportOptions& options, const Signals& signals) {
  if (is_file_of_store(options.output, options.place.store.data)) {
    return fail("--output: " + options.output.string() +
                ": is a file of the store: give another file");
  }
  auto output = Output::open(options.output, signals);
  if (!output && signals.pending()) return ExitCode::interrupted;
  if (!output) return fail("--output: " + output.error());
  Export job(std::move(*output), has_ending(options.output, ".gz"), signals);
  const ExitCode code = options.place.url.empty() ? export_from_store(job, options, signals)
                                                  : export_from_server(job, options, signals);
  return job.finish(code);
}

/// Whether users expect of a file with this name a compression that Picus does not write.
bool is_named_as_other_compression(const std::filesystem::path& file) {
  constexpr auto kOthers =
      std::to_array<std::string_view>({".zst", ".xz", ".bz2", ".lz4", ".zip", ".tgz", ".br"});
  return std::ranges::any_of(kOthers, [&](auto other) { return has_ending(file, other); });
}

std::expected<void, std::string> check_export(ExportOptions& options, const Call& call) {
  if (is_named_as_other_compression(options.output)) {
    return std::unexpected(
        concat("--output: ", options.output.native(),
               ": Picus compresses with gzip only: give a name that ends in .gz, or send the "
               "output through another program, as in picus export | zstd > FILE"));
  }
  if (options.skip_damaged && !options.place.url.empty()) {
    return std::unexpected("--skip-damaged reads the data directory: it cannot be used with --url");
  }
  return settle_place(options.place, call);
}

}  // namespace

Command export_command(const std::shared_ptr<ExportOptions>& options) {
  Command command{
      .name = "export",
      .summary = "Write all items as NDJSON, one item per line",
      .details =
          "Items that do not change during the export are written exactly once, in no particular "
          "order. `picus import` reads the output back to equal items with the same ids. The "
          "export is not a snapshot: an item that changes during the export is written in its old "
          "or its new state. `picus backup` takes a snapshot of a data directory.",
      .settings = settings_of(options->place),
      .check = [options](const Call& call) { return check_export(*options, call); },
      .run = [options](const Call&,
                       const Signals& signals) { return export_items(*options, signals); }};
  add_list_segments(command.settings, options->place.store.table, Scope::environment);
  command.settings.push_back(
      {.name = "output",
       .value = file(options->output),
       .help = "File to write. It appears when it is complete and replaces an existing file; - is "
               "standard output. If the name ends in .gz, the output is compressed with gzip; "
               "names that end in .zst, .xz, .bz2, .lz4, .zip, .tgz or .br are refused. Devices "
               "and pipes are written directly.",
       .scope = Scope::flag});
  command.settings.push_back(skip_damaged_setting(options->skip_damaged));
  return command;
}

}  // namespace picus::cli
