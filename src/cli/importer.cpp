#include "cli/importer.h"

#include <utility>

#include "cli/units.h"
#include "core/ascii.h"
#include "core/item_text.h"
#include "core/limits.h"

namespace picus::cli {
std::string LineIds::id_of(std::string_view line) {
  const auto hash = idempotency_hash("picus import", line);
  const std::uint64_t before = seen_[std::string(hash.begin(), hash.end())]++;
  if (before == 0) return uuid8(hash);
  return uuid8(idempotency_hash("picus import " + std::to_string(before), line));
}

Importer::Importer(ItemSink& sink, OnConflict on_conflict, Progress& progress,
                   const Signals& signals)
    : sink_(sink),
      on_conflict_(on_conflict),
      progress_(progress),
      signals_(signals),
      no_id_(ids_.uuid7()) {}

asio::awaitable<ExitCode> Importer::run(std::vector<std::string> files) {
  auto code = ExitCode::ok;
  for (std::size_t at = 0; at < files.size() && code == ExitCode::ok; ++at) {
    code = co_await import_file(files[at]);
  }
  co_return code == ExitCode::ok&& failed_ > 0 ? ExitCode::failed : code;
}

asio::awaitable<ExitCode> Importer::import_file(std::string name) {
  const auto input = Input::open(name, signals_);
  if (!input) {
    progress_.print("picus: " + input.error());
    co_return ExitCode::failed;
  }
  file_ = (*input)->name();
  done_lines_ = 0;
  LineReader lines(**input, kMaxBodyBytes + kAddedIdBytes);
  for (;;) {
    const auto line = lines.next();
    if (!line || !*line || batch_.size() >= kBatchItems || batch_bytes_ >= kBatchBytes) {
      // What was read before a damaged place, or before the signal, is good.
      const auto flushed = co_await flush();
      if (!flushed) co_return broken(flushed.error());
    }
    if (!line) co_return stopped(line.error());
    if (!*line) co_return ExitCode::ok;
    take(**line, lines.number());
    if (batch_.empty()) done_lines_ = lines.number();
    show(**input);
  }
}

void Importer::take(const LineReader::Line& line, std::uint64_t number) {
  if (line.too_long) {
    ++read_;
    return refuse(number, "body-too-large",
                  "A line has at most " + std::to_string(kMaxBodyBytes) + " bytes.");
  }
  const std::string_view text = trimmed(line.text);
  if (text.empty()) return;
  ++read_;
  auto item = read_item(parser_, text, ids_, no_id_);
  if (item && item->key.text() == no_id_) {
    item = read_item(parser_, text, ids_, line_ids_.id_of(text));
  }
  if (!item) return refuse(number, traits(item.error().code()).name, item.error().message());
  batch_bytes_ += item->json.size();
  text_bytes_ += item->json.size();
  batch_.push_back(std::move(*item));
  batch_lines_.push_back(number);
}

asio::awaitable<Result<void>> Importer::flush() {
  if (batch_.empty()) co_return Result<void>();
  const auto outcome = co_await sink_.put(std::exchange(batch_, {}), on_conflict_);
  const std::vector<std::uint64_t> lines = std::exchange(batch_lines_, {});
  batch_bytes_ = 0;
  if (!outcome) co_return std::unexpected(outcome.error());
  created_ += outcome->created;
  replaced_ += outcome->replaced;
  skipped_ += outcome->skipped;
  for (const RefusedItem& item : outcome->refused) {
    refuse(lines[item.index], item.code, item.detail);
  }
  done_lines_ = lines.back();
  co_return Result<void>();
}

void Importer::refuse(std::uint64_t line, std::string_view code, std::string_view detail) {
  ++failed_;
  if (failed_ > kShownErrors) return;
  progress_.print(file_ + ":" + std::to_string(line) + ": " + std::string(code) + ": " +
                  std::string(detail));
  if (failed_ == kShownErrors) progress_.print("picus: further lines that fail are only counted");
}

ExitCode Importer::stopped(const InputEnd& end) {
  if (end.interrupted) return ExitCode::interrupted;
  progress_.print("picus: " + end.message);
  return ExitCode::failed;
}

ExitCode Importer::broken(const Error& error) {
  if (signals_.pending()) return ExitCode::interrupted;
  progress_.print("picus: " + error.message() +
                  (error.detail().empty() ? "" : " (" + error.detail() + ")"));
  const bool began = created_ + replaced_ + skipped_ > 0;
  return began ? ExitCode::failed : ExitCode::unreachable;
}

void Importer::tell_interrupted() {
  const std::string place = done_lines_ == 0
                                ? "at the beginning" + (file_.empty() ? "" : " of " + file_)
                                : "after line " + format_count(done_lines_) + " of " + file_;
  progress_.print("picus: interrupted " + place +
                  "; run it again to go on: what is there already is skipped");
}

void Importer::tell_sum() {
  const auto elapsed = progress_.elapsed();
  progress_.print("imported " + std::to_string(created_ + replaced_) + " items (" +
                  std::to_string(created_) + " created, " + std::to_string(replaced_) +
                  " replaced, " + std::to_string(skipped_) + " skipped, " +
                  std::to_string(failed_) + " failed) in " + format_elapsed(elapsed) + ", " +
                  rate(read_, elapsed));
}

void Importer::show(const Input& input) {
  Advance advance{.items = read_, .bytes = text_bytes_, .fraction = std::nullopt};
  if (const auto size = input.size(); size && *size > 0) {
    advance.fraction = static_cast<double>(input.bytes_read()) / static_cast<double>(*size);
  }
  progress_.show(advance);
}

}  // namespace picus::cli
