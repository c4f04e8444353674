#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/budget.h"
#include "api/item_splitter.h"
#include "api/request_body.h"
#include "core/error.h"
#include "core/ids.h"
#include "core/limits.h"
#include "core/store.h"
#include "core/turn.h"
#include "json/item_parser.h"

namespace picus {

struct BulkOptions {
  ItemFormat format = ItemFormat::lines;  ///< or array
  OnConflict on_conflict = OnConflict::fail;
  std::size_t max_item_bytes = kMaxBodyBytes;
  /// For each write of a batch, and for all batches.
  std::chrono::milliseconds deadline{5000};
  std::chrono::steady_clock::time_point latest = std::chrono::steady_clock::time_point::max();
  TraceContext trace = {};  ///< as in Context
};

struct BulkError {
  /// Of a line, starting at 1, or of an element of the array, starting at 0.
  std::uint64_t position;
  ErrorCode code;
  std::string detail;
};

/// The result of a bulk put. Items that are counted as created or replaced are durable.
struct BulkReport {
  static constexpr std::size_t kMaxErrors = 100;

  std::uint64_t created = 0;
  std::uint64_t replaced = 0;
  std::uint64_t skipped = 0;
  std::uint64_t failed = 0;
  std::vector<BulkError> errors;  ///< the first kMaxErrors
};

/// Puts many items from lines (NDJSON) or an array, in constant memory. Empty lines are skipped.
/// Items are written in batches. An item that cannot be written is reported, and the rest is
/// processed. An array that is not valid JSON ends at the error, which counts as one failure; the
/// items before it are written. If `memory` or `batches` is exhausted, it waits until
/// BulkOptions::deadline; then the item or the batch fails as overloaded. All arguments of the
/// constructor that are references outlive it. Not thread-safe.
class BulkPut {
 public:
  BulkPut(Store& store, IdSource& ids, Budget& memory, Budget& batches, BulkOptions options);

  /// Takes the next piece of text, which may be split anywhere. The view is used until the call
  /// returns.
  asio::awaitable<void> feed(std::string_view piece);

  /// The text cannot be read further. What was read before stays, and this counts as one failure.
  void break_off(Error error);

  /// Whether further text is ignored.
  [[nodiscard]] bool ended() const { return ended_; }

  /// Ends the last item and writes the remaining items.
  asio::awaitable<void> finish();

  [[nodiscard]] const BulkReport& report() const { return report_; }
  /// The number of lines that were empty or failed so far: each takes time, however short it is.
  [[nodiscard]] std::uint64_t idle_lines() const { return blank_lines_ + report_.failed; }
  /// Where not one item was written: the store's error, if that was the reason; that of
  /// break_off(), if no item was read before it, or what was read is too large.
  [[nodiscard]] std::optional<Error> total_failure() const;

 private:
  static constexpr std::size_t kMostBytes = kBatchBytes + kMaxBodyBytes;

  asio::awaitable<void> make_room(std::size_t item_bytes);
  void take(std::string_view text);
  void take_item(std::string_view text);
  void end_reading(ErrorCode code, std::string reason);
  void end_array(std::string_view reason);
  void fail(std::uint64_t position, ErrorCode code, std::string detail);
  void count(const std::vector<BulkOutcome>& outcomes);
  [[nodiscard]] bool batch_is_full() const;
  asio::awaitable<void> flush();
  void fail_batch();
  [[nodiscard]] bool store_is_gone() const;
  void drop_batch();

  Store& store_;
  IdSource& ids_;
  BodyMemory memory_;
  Budget& batches_;
  BulkOptions options_;
  BulkReport report_;
  json::ItemParser parser_;
  ItemSplitter splitter_;
  bool ended_ = false;
  std::string partial_;               // the start of an item whose end has not arrived yet
  std::optional<ErrorCode> skipped_;  // why the rest of an item is discarded
  std::uint64_t position_;            // of the next item
  std::uint64_t blank_lines_ = 0;
  Turn turn_;
  std::vector<NewItem> batch_;
  std::vector<std::uint64_t> batch_positions_;
  std::size_t batch_bytes_ = 0;
  std::optional<Error> store_error_;
  std::optional<Error> total_error_;  // of break_off(), where nothing was written
};

}  // namespace picus
