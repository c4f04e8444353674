#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"
#include "cli/input.h"
#include "cli/item_sink.h"
#include "cli/line_ids.h"
#include "cli/progress.h"
#include "cli/rejects.h"
#include "cli/signals.h"
#include "cli/text_reader.h"
#include "core/ids.h"
#include "json/item_parser.h"

namespace picus::cli {

/// A file of items whose format was detected.
struct Source {
  std::unique_ptr<Input> input;
  TextReader texts;
  std::string what;  ///< `NDJSON, gzip`: for the user

  /// Opens a file and detects its format from its first bytes. The message of the error has the
  /// name of the file.
  static std::expected<std::unique_ptr<Source>, InputEnd> open(const std::string& name,
                                                               const Signals& signals);
};

/// Reads items from files and puts them into a sink, in batches.
class Importer {
 public:
  struct Options {
    OnConflict on_conflict = OnConflict::fail;
    std::string id_from;  ///< the member that has the ids; empty: `id`
    /// Outlives the Importer; null: items that fail are not written to a file.
    Rejects* rejects = nullptr;
  };

  /// All of them outlive the Importer.
  Importer(ItemSink& sink, Options options, Progress& progress, const Signals& signals);

  /// Imports the files in order and reports errors on standard error. `first`: the first file, if
  /// it is already open.
  asio::awaitable<ExitCode> run(std::vector<std::string> files,
                                std::unique_ptr<Source> first = nullptr);

  /// Reports the result, and what to do with items that failed, on standard error.
  void tell_interrupted();
  void tell_failed();
  void tell_sum();

 private:
  static constexpr std::uint64_t kShownErrors = 100;

  /// The origin of an item of a batch.
  struct Origin {
    std::uint64_t line;
    std::uint64_t number;
    std::string text;  ///< for Rejects, if there is one
  };

  asio::awaitable<ExitCode> import_source(Source* source);
  asio::awaitable<std::expected<void, std::string>> flush();
  ExitCode stopped(const InputEnd& end);
  ExitCode broken(const std::string& error);
  void tell_end(std::string_view how);
  void take(const TextReader::Text& text, const Origin& origin);
  Result<NewItem> read(std::string_view text);
  void refuse(const Origin& origin, std::string_view code, std::string_view detail);
  void keep(std::string_view text, bool goes_on) const;
  void show(const Input& input);

  ItemSink& sink_;
  Options options_;
  Progress& progress_;
  const Signals& signals_;
  IdSource ids_;
  std::string no_id_;  // the id of an item without one while it is parsed
  LineIds line_ids_;
  json::ItemParser parser_;

  std::string file_;
  Layout layout_ = Layout::lines;
  Origin done_{};  // of file_, the last item that was put or refused
  bool in_long_text_ = false;
  std::vector<NewItem> batch_;
  std::vector<Origin> origins_;
  std::size_t batch_bytes_ = 0;
  std::uint64_t text_bytes_ = 0;

  std::uint64_t read_ = 0;
  std::uint64_t created_ = 0;
  std::uint64_t replaced_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t failed_ = 0;
  bool has_conflicts_ = false;
  bool has_wrong_ids_ = false;
};

}  // namespace picus::cli
