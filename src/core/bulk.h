#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/budget.h"
#include "core/error.h"
#include "core/ids.h"
#include "core/limits.h"
#include "core/request_body.h"
#include "core/store.h"
#include "json/item_parser.h"

namespace picus {

struct BulkOptions {
  OnConflict on_conflict = OnConflict::fail;
  std::size_t max_line_bytes = kMaxBodyBytes;
  std::chrono::milliseconds deadline{5000};  ///< for each write of a batch
  std::chrono::steady_clock::time_point latest =
      std::chrono::steady_clock::time_point::max();  ///< for all of them
  std::string trace = {};                            ///< as in Context
};

struct BulkError {
  std::uint64_t line;  ///< from 1
  ErrorCode code;
  std::string detail;
};

/// What a bulk put did. Whatever is counted as created or replaced is durable.
struct BulkReport {
  static constexpr std::size_t kMaxErrors = 100;

  std::uint64_t created = 0;
  std::uint64_t replaced = 0;
  std::uint64_t skipped = 0;
  std::uint64_t failed = 0;
  std::vector<BulkError> errors;  ///< the first kMaxErrors
};

/// Puts NDJSON, one item a line, in constant memory. Empty lines are skipped.
/// Lines are written in batches; a line that cannot be written is reported and the rest goes on.
/// Where the bodies of all requests together take all of `memory`, or other bulk puts all of
/// `batches`, it waits for BulkOptions::deadline; then a line, or a batch, fails as overloaded.
/// Everything that the constructor takes by reference outlives it. Not thread-safe.
class BulkPut {
 public:
  BulkPut(Store& store, IdSource& ids, Budget& memory, Budget& batches, BulkOptions options);

  /// The next piece of text, split anywhere; the view is used until the call returns.
  asio::awaitable<void> feed(std::string_view piece);

  /// Ends the last line and writes what is left.
  asio::awaitable<void> finish();

  [[nodiscard]] const BulkReport& report() const { return report_; }
  /// The store's own error, where not one item was written because of it.
  [[nodiscard]] std::optional<Error> total_failure() const;

 private:
  static constexpr std::size_t kBatchBytes = 1024UZ * 1024;
  static constexpr std::size_t kBatchItems = 4096;
  static constexpr std::size_t kMostBytes = kBatchBytes + kMaxBodyBytes;

  asio::awaitable<void> make_room(std::size_t line_bytes);
  asio::awaitable<bool> take_turn(Budget::Share* place) const;
  void take_line(std::string_view line);
  void take_item(std::string_view line);
  void fail(std::uint64_t line, ErrorCode code, std::string detail);
  void count(const std::vector<BulkOutcome>& outcomes);
  [[nodiscard]] bool batch_is_full() const;
  asio::awaitable<void> flush();
  void fail_batch();
  void drop_batch();

  Store& store_;
  IdSource& ids_;
  BodyMemory memory_;
  Budget& batches_;
  BulkOptions options_;
  BulkReport report_;
  json::ItemParser parser_;
  std::string partial_;               // the beginning of a line whose end has not arrived
  std::optional<ErrorCode> skipped_;  // why the rest of a line is not kept
  std::uint64_t line_ = 0;            // lines ended so far
  std::vector<NewItem> batch_;
  std::vector<std::uint64_t> batch_lines_;
  std::size_t batch_bytes_ = 0;
  std::optional<Error> store_error_;
};

}  // namespace picus
