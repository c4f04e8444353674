#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"
#include "cli/input.h"
#include "cli/item_sink.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "core/ids.h"
#include "json/item_parser.h"

namespace picus::cli {

/// Ids for items that come without one: made of the line's text and of how often that came before,
/// so that the same lines have the same ids in every run.
class LineIds {
 public:
  std::string id_of(std::string_view line);

 private:
  boost::unordered_flat_map<std::string, std::uint64_t> seen_;  // by hash of the line
};

/// Reads items from files and puts them into a sink, batch by batch.
class Importer {
 public:
  /// All of them outlive the Importer.
  Importer(ItemSink& sink, OnConflict on_conflict, Progress& progress, const Signals& signals);

  /// Imports the files, in their order, and says on standard error what went wrong.
  asio::awaitable<ExitCode> run(std::vector<std::string> files);

  /// How far it came, on standard error.
  void tell_interrupted();
  void tell_sum();

 private:
  static constexpr std::size_t kBatchItems = 4096;
  static constexpr std::size_t kBatchBytes = 1024UZ * 1024;
  static constexpr std::uint64_t kShownErrors = 100;

  asio::awaitable<ExitCode> import_file(std::string name);
  asio::awaitable<Result<void>> flush();
  ExitCode stopped(const InputEnd& end);
  ExitCode broken(const Error& error);
  void take(const LineReader::Line& line, std::uint64_t number);
  void refuse(std::uint64_t line, std::string_view code, std::string_view detail);
  void show(const Input& input);

  ItemSink& sink_;
  OnConflict on_conflict_;
  Progress& progress_;
  const Signals& signals_;
  IdSource ids_;
  std::string no_id_;  // stands for the id of a line without one while it is read
  LineIds line_ids_;
  json::ItemParser parser_;

  std::string file_;
  std::uint64_t done_lines_ = 0;  // of file_, put or refused
  std::vector<NewItem> batch_;
  std::vector<std::uint64_t> batch_lines_;
  std::size_t batch_bytes_ = 0;
  std::uint64_t text_bytes_ = 0;

  std::uint64_t read_ = 0;
  std::uint64_t created_ = 0;
  std::uint64_t replaced_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace picus::cli
