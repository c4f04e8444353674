#include "cli/importer.h"

#include <utility>

#include "cli/id_from.h"
#include "config/units.h"
#include "core/ascii.h"
#include "core/concat.h"
#include "core/item_text.h"
#include "core/limits.h"

namespace picus::cli {

std::expected<std::unique_ptr<Source>, InputEnd> Source::open(const std::string& name,
                                                              const Signals& signals) {
  auto input = Input::open(name, signals);
  if (!input) return std::unexpected(InputEnd{.interrupted = false, .message = input.error()});
  Input& opened = **input;
  auto source = std::make_unique<Source>(std::move(*input),
                                         TextReader(opened, kMaxBodyBytes + kAddedIdBytes), "");
  const auto recognised = source->texts.recognise();
  if (!recognised) return std::unexpected(recognised.error());
  if (!*recognised) {
    return std::unexpected(
        InputEnd{.interrupted = false, .message = opened.name() + ": " + recognised->error()});
  }
  source->what = (*recognised)->what;
  if (!opened.compression().empty()) {
    source->what += ", " + std::string(opened.compression());
  }
  return source;
}

Importer::Importer(ItemSink& sink, Options options, Progress& progress, const Signals& signals)
    : sink_(sink),
      options_(std::move(options)),
      progress_(progress),
      signals_(signals),
      no_id_(ids_.uuid7()) {}

asio::awaitable<ExitCode> Importer::run(std::vector<std::string> files,
                                        std::unique_ptr<Source> first) {
  auto code = ExitCode::ok;
  for (std::size_t at = 0; at < files.size() && code == ExitCode::ok; ++at) {
    std::unique_ptr<Source> source = std::move(first);
    if (!source) {
      auto opened = Source::open(files[at], signals_);
      if (!opened) co_return stopped(opened.error());
      source = std::move(*opened);
    }
    code = co_await import_source(source.get());
  }
  co_return code == ExitCode::ok&& failed_ > 0 ? ExitCode::failed : code;
}

asio::awaitable<ExitCode> Importer::import_source(Source* source) {
  file_ = source->input->name();
  layout_ = source->texts.layout();
  done_ = {};
  progress_.print("picus: " + file_ + ": " + source->what);
  TextReader& texts = source->texts;
  for (;;) {
    const auto text = texts.next();
    if (!text || !*text || batch_.size() >= kBatchItems || batch_bytes_ >= kBatchBytes) {
      // What was read before a damaged place, or before the signal, is good.
      const auto flushed = co_await flush();
      if (!flushed) co_return broken(flushed.error());
    }
    if (!text) co_return stopped(text.error());
    if (!*text) co_return ExitCode::ok;
    const Origin origin{.line = texts.line(), .number = texts.number(), .text = {}};
    take(**text, origin);
    if (batch_.empty()) done_ = origin;
    show(*source->input);
  }
}

void Importer::take(const TextReader::Text& text, const Origin& origin) {
  if (text.too_long) {
    keep(text.text, text.goes_on);
    if (std::exchange(in_long_text_, text.goes_on)) return;
    ++read_;
    return refuse(origin, "body-too-large",
                  concat("An item has at most ", kMaxBodyBytes, " bytes of text."));
  }
  const std::string_view item_text = trimmed(text.text);
  if (item_text.empty()) return;
  ++read_;
  auto item = read(item_text);
  if (!item) {
    keep(item_text, false);
    return refuse(origin, traits(item.error().code()).name, item.error().message());
  }
  batch_bytes_ += item->json.size();
  text_bytes_ += item->json.size();
  origins_.push_back(origin);
  // With the id that was made for it: by itself it could get another one in the next run.
  if (options_.rejects != nullptr) origins_.back().text = item->json;
  batch_.push_back(std::move(*item));
}

Result<NewItem> Importer::read(std::string_view text) {
  std::string with_id;
  if (!options_.id_from.empty()) {
    auto changed = with_id_from(text, options_.id_from);
    if (!changed) return failure(ErrorCode::invalid_id, std::move(changed.error()));
    with_id = std::move(*changed);
    text = with_id;
  }
  auto item = read_item(parser_, text, ids_, no_id_);
  if (!item || item->key.text() != no_id_) return item;
  return read_item(parser_, text, ids_, line_ids_.id_of(text));
}

asio::awaitable<std::expected<void, std::string>> Importer::flush() {
  if (batch_.empty()) co_return std::expected<void, std::string>();
  const auto outcome = co_await sink_.put(std::exchange(batch_, {}), options_.on_conflict);
  const std::vector<Origin> origins = std::exchange(origins_, {});
  batch_bytes_ = 0;
  if (!outcome) co_return std::unexpected(outcome.error());
  created_ += outcome->created;
  replaced_ += outcome->replaced;
  skipped_ += outcome->skipped;
  for (const RefusedItem& item : outcome->refused) {
    keep(origins[item.index].text, false);
    refuse(origins[item.index], item.code, item.detail);
  }
  done_ = origins.back();
  co_return std::expected<void, std::string>();
}

void Importer::keep(std::string_view text, bool goes_on) const {
  if (options_.rejects != nullptr) options_.rejects->add(text, goes_on);
}

void Importer::refuse(const Origin& origin, std::string_view code, std::string_view detail) {
  ++failed_;
  has_conflicts_ = has_conflicts_ || code == traits(ErrorCode::already_exists).name;
  has_wrong_ids_ = has_wrong_ids_ || code == traits(ErrorCode::invalid_id).name;
  if (failed_ > kShownErrors) return;
  std::string place = concat(file_, ":", origin.line, ": ");
  if (layout_ == Layout::texts) place += concat("item ", origin.number, ": ");
  progress_.print(place.append(code).append(": ").append(detail));
  if (failed_ == kShownErrors) {
    progress_.print("picus: further items that fail are counted, but not printed");
  }
}

ExitCode Importer::stopped(const InputEnd& end) {
  if (end.interrupted) return ExitCode::interrupted;
  if (!end.is_syntax) {
    progress_.print("picus: " + end.message);
    if (created_ + replaced_ + skipped_ > 0) tell_end("stopped");
    return ExitCode::failed;
  }
  ++read_;
  ++failed_;
  progress_.print(end.message);
  return ExitCode::ok;
}

ExitCode Importer::broken(const std::string& error) {
  if (signals_.pending()) return ExitCode::interrupted;
  progress_.print("picus: " + error);
  const bool was_reached = sink_.was_reached() || created_ + replaced_ + skipped_ > 0;
  if (!was_reached) return ExitCode::unreachable;
  tell_end("stopped");
  return ExitCode::failed;
}

void Importer::tell_interrupted() { tell_end("interrupted"); }

/// Where the import ended, and how to go on.
void Importer::tell_end(std::string_view how) {
  std::string place = "at the beginning" + (file_.empty() ? "" : " of " + file_);
  if (done_.number > 0) {
    place = (layout_ == Layout::texts ? "after item " + format_count(done_.number) + ", line "
                                      : "after line ") +
            format_count(done_.line) + " of " + file_;
  }
  const bool replaces = options_.on_conflict == OnConflict::replace;
  const bool compares = options_.on_conflict == OnConflict::fail;
  progress_.print(
      concat("picus: ", how, " ", place, "; run the command again to continue: ",
             replaces ? "it replaces all items again" : "items that are already stored are skipped",
             compares ? "; with --on-conflict skip they are skipped without comparing" : ""));
}

void Importer::tell_failed() {
  if (failed_ == 0) return;
  if (has_wrong_ids_ && options_.id_from.empty()) {
    progress_.print("picus: if the id is a number or has another name, give --id-from MEMBER");
  }
  if (has_conflicts_) {
    progress_.print(
        "picus: --on-conflict skip keeps the stored items, --on-conflict replace overwrites them");
  }
  if (options_.rejects == nullptr) {
    progress_.print(
        "picus: with --rejects FILE the items that fail are written to FILE, to be corrected and "
        "imported again");
    return;
  }
  if (options_.rejects->is_empty()) return;
  if (const auto error = options_.rejects->finish()) {
    progress_.print("picus: --rejects: " + *error);
    return;
  }
  const std::string file = options_.rejects->file().string();
  const bool is_output = file == "-";
  progress_.print(concat("picus: the items that failed are in ",
                         is_output ? "standard output" : file,
                         ": correct them, then run picus import ", is_output ? "FILE" : file));
}

void Importer::tell_sum() {
  const auto elapsed = progress_.elapsed();
  progress_.print(concat("imported ", created_ + replaced_, " items (", created_, " created, ",
                         replaced_, " replaced, ", skipped_, " skipped, ", failed_, " failed) in ",
                         format_elapsed(elapsed), ", ", rate(read_, elapsed)));
}

void Importer::show(const Input& input) {
  Advance advance{.items = read_, .bytes = text_bytes_, .fraction = std::nullopt};
  if (const auto size = input.size(); size && *size > 0) {
    advance.fraction = static_cast<double>(input.bytes_read()) / static_cast<double>(*size);
  }
  progress_.show(advance);
}

}  // namespace picus::cli
