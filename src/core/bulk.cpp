#include "core/bulk.h"

#include <algorithm>
#include <utility>

#include "core/item_text.h"
#include "core/pause.h"

namespace picus {
namespace {

constexpr std::chrono::milliseconds kPause{10};

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// Why a line was not written, for the client.
std::string explain(ErrorCode code) {
  if (code == ErrorCode::already_exists) {
    return "The key is taken; on_conflict=skip or on_conflict=replace says what to do then.";
  }
  const ErrorTraits told = traits(code);
  std::string text = std::string(told.title) + '.';
  if (told.retryable) text += " The line may be sent again.";
  return text;
}

}  // namespace

BulkPut::BulkPut(Store& store, IdSource& ids, Budget& memory, Budget& batches, BulkOptions options)
    : store_(store), ids_(ids), memory_(memory), batches_(batches), options_(std::move(options)) {}

asio::awaitable<void> BulkPut::feed(std::string_view piece) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    const std::size_t line_bytes = partial_.size() + part.size();
    if (!skipped_ && line_bytes > options_.max_line_bytes + kAddedIdBytes)
      skipped_ = ErrorCode::body_too_large;
    if (!skipped_ && !memory_.hold(batch_bytes_ + line_bytes, kMostBytes)) {
      co_await make_room(line_bytes);
    }
    if (end == std::string_view::npos) {
      skipped_ ? partial_.clear() : void(partial_ += part);
      co_return;
    }
    piece.remove_prefix(end + 1);
    if (partial_.empty() || skipped_) {
      take_line(part);
    } else {
      partial_ += part;
      take_line(partial_);
    }
    partial_.clear();
    if (batch_is_full()) co_await flush();
  }
}

/// Of memory that other requests take: what this one has is written first, then it waits for
/// theirs.
asio::awaitable<void> BulkPut::make_room(std::size_t line_bytes) {
  co_await flush();
  const auto deadline = std::chrono::steady_clock::now() + options_.deadline;
  while (!memory_.hold(line_bytes, kMostBytes)) {
    if (std::chrono::steady_clock::now() >= deadline) {
      // A line that waits holds what others wait for: without an end they would wait for each
      // other.
      store_error_.emplace(ErrorCode::overloaded, explain(ErrorCode::overloaded));
      skipped_ = ErrorCode::overloaded;
      partial_.clear();
      memory_.shrink_to(0);
      co_return;
    }
    co_await pause(kPause);
  }
}

asio::awaitable<void> BulkPut::finish() {
  if (!partial_.empty() || skipped_) take_line(partial_);
  partial_.clear();
  co_await flush();
}

std::optional<Error> BulkPut::total_failure() const {
  const bool wrote_nothing = report_.created + report_.replaced + report_.skipped == 0;
  return wrote_nothing ? store_error_ : std::nullopt;
}

void BulkPut::take_line(std::string_view line) {
  ++line_;
  if (const auto skipped = std::exchange(skipped_, std::nullopt)) {
    fail(line_, *skipped,
         *skipped == ErrorCode::body_too_large
             ? "A line has at most " + std::to_string(options_.max_line_bytes) + " bytes."
             : explain(*skipped));
    return;
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!is_blank(line)) take_item(line);
}

void BulkPut::take_item(std::string_view line) {
  auto item = read_item(parser_, line, ids_, std::nullopt, options_.max_line_bytes);
  if (!item) return fail(line_, item.error().code(), item.error().message());
  batch_bytes_ += item->json.size();
  batch_.push_back(std::move(*item));
  batch_lines_.push_back(line_);
}

void BulkPut::fail(std::uint64_t line, ErrorCode code, std::string detail) {
  ++report_.failed;
  if (report_.errors.size() >= BulkReport::kMaxErrors) return;
  report_.errors.push_back({.line = line, .code = code, .detail = std::move(detail)});
}

bool BulkPut::batch_is_full() const {
  return batch_.size() >= kBatchItems || batch_bytes_ >= kBatchBytes;
}

/// False: for too long, all batches that may be written at one time are those of other bulk puts.
asio::awaitable<bool> BulkPut::take_turn(Budget::Share* place) const {
  const auto deadline =
      std::min(std::chrono::steady_clock::now() + options_.deadline, options_.latest);
  while (!place->grow_to(1)) {
    if (std::chrono::steady_clock::now() >= deadline) co_return false;
    co_await pause(kPause);
  }
  co_return true;
}

asio::awaitable<void> BulkPut::flush() {
  if (batch_.empty()) co_return;
  // A store that takes nothing at all is not asked batch after batch, each of which would wait.
  if (store_error_ && store_error_->code() == ErrorCode::throttled) {
    fail_batch();
    co_return drop_batch();
  }
  Budget::Share place(batches_);
  const bool has_turn = co_await take_turn(&place);
  const auto deadline = std::chrono::steady_clock::now() + options_.deadline;
  const Context context{.deadline = std::min(deadline, options_.latest), .trace = options_.trace};
  Result<std::vector<BulkOutcome>> outcomes =
      failure(ErrorCode::overloaded, explain(ErrorCode::overloaded));
  if (has_turn) {
    outcomes = co_await store_.put_many(std::exchange(batch_, {}), options_.on_conflict, context);
  }
  if (outcomes) {
    count(*outcomes);
  } else {
    store_error_ = outcomes.error();
    fail_batch();
  }
  drop_batch();
}

void BulkPut::fail_batch() {
  for (const std::uint64_t line : batch_lines_) {
    fail(line, store_error_->code(), store_error_->message());
  }
}

void BulkPut::drop_batch() {
  batch_.clear();
  batch_lines_.clear();
  batch_bytes_ = 0;
  memory_.shrink_to(partial_.size());
}

void BulkPut::count(const std::vector<BulkOutcome>& outcomes) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i]) {
      fail(batch_lines_[i], outcomes[i].error(), explain(outcomes[i].error()));
      continue;
    }
    switch (*outcomes[i]) {
      case Written::created:
        ++report_.created;
        break;
      case Written::replaced:
        ++report_.replaced;
        break;
      case Written::skipped:
        ++report_.skipped;
        break;
    }
  }
}

}  // namespace picus
