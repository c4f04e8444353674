#include "api/bulk.h"

#include <algorithm>
#include <utility>

#include "core/ascii.h"
#include "core/item_text.h"
#include "core/pause.h"
#include "json/text_end.h"

namespace picus {
namespace {

/// What an item or a line takes besides its bytes, however short it is.
constexpr std::size_t kWorkOfAnItem = 256;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// Why a line was not written, for the client.
std::string explain(ErrorCode code) {
  if (code == ErrorCode::already_exists) {
    return "An item with this key exists; on_conflict=skip keeps it, on_conflict=replace replaces "
           "it.";
  }
  const ErrorTraits told = traits(code);
  std::string text = std::string(told.title) + '.';
  if (told.retryable) text += " The item can be sent again.";
  return text;
}

/// How what was probably meant is sent, where the lines are of another format.
std::string_view advice(const Error& error, std::string_view line) {
  const std::string_view text = trimmed(line);
  const bool is_array = text.starts_with('[');
  if (is_array && error.code() == ErrorCode::not_an_object) {
    return "; to send an array of items, use application/json";
  }
  if (error.code() != ErrorCode::invalid_json || !(is_array || text.starts_with('{'))) return "";
  json::TextEnd end;
  end.feed(text);
  return end.complete() ? ""
                        : "; NDJSON has one complete item per line; to send an item or an array "
                          "over several lines, use application/json";
}

}  // namespace

BulkPut::BulkPut(Store& store, IdSource& ids, Budget& memory, Budget& batches, BulkOptions options)
    : store_(store),
      ids_(ids),
      memory_(memory),
      batches_(batches),
      options_(std::move(options)),
      splitter_(options_.format),
      position_(options_.format == ItemFormat::lines ? 1 : 0) {}

asio::awaitable<void> BulkPut::feed(std::string_view piece) {
  while (!piece.empty() && !ended_) {
    const ItemSplitter::Part part = splitter_.next(piece);
    if (turn_.spend(part.text.size() + kWorkOfAnItem)) co_await let_others_run();
    const std::size_t item_bytes = partial_.size() + part.text.size();
    if (!skipped_ && item_bytes > options_.max_item_bytes + kAddedIdBytes) {
      skipped_ = ErrorCode::body_too_large;
    }
    if (!skipped_ && !memory_.hold(batch_bytes_ + item_bytes, kMostBytes)) {
      co_await make_room(item_bytes);
    }
    if (!part.complete) {
      skipped_ ? partial_.clear() : void(partial_ += part.text);
      if (!splitter_.fault().empty()) end_array(splitter_.fault());
      continue;
    }
    if (partial_.empty() || skipped_) {
      take(part.text);
    } else {
      partial_ += part.text;
      take(partial_);
    }
    partial_.clear();
    if (batch_is_full()) co_await flush();
  }
}

/// Of memory that other requests take: what this one has is written first, then it waits for
/// theirs.
asio::awaitable<void> BulkPut::make_room(std::size_t item_bytes) {
  co_await flush();
  const auto deadline = std::chrono::steady_clock::now() + options_.deadline;
  const bool has_room = co_await wait_until(
      [this, item_bytes] { return memory_.hold(item_bytes, kMostBytes); }, deadline);
  if (has_room) co_return;
  // An item that waits holds what others wait for: without an end they would wait for each other.
  store_error_.emplace(ErrorCode::overloaded, explain(ErrorCode::overloaded));
  skipped_ = ErrorCode::overloaded;
  partial_.clear();
  memory_.shrink_to(0);
}

asio::awaitable<void> BulkPut::finish() {
  splitter_.finish();
  if (!ended_ && !splitter_.fault().empty()) {
    end_array(splitter_.fault());
  } else if (!partial_.empty() || skipped_) {
    take(partial_);
  }
  partial_.clear();
  co_await flush();
}

std::optional<Error> BulkPut::total_failure() const {
  const bool wrote_nothing = report_.created + report_.replaced + report_.skipped == 0;
  if (!wrote_nothing) return std::nullopt;
  return store_error_ ? store_error_ : total_error_;
}

void BulkPut::take(std::string_view text) {
  if (const auto skipped = std::exchange(skipped_, std::nullopt)) {
    fail(position_, *skipped,
         *skipped == ErrorCode::body_too_large ? too_long(options_.max_item_bytes).error().message()
                                               : explain(*skipped));
  } else if (splitter_.format() == ItemFormat::array) {
    take_item(text);
  } else {
    if (text.ends_with('\r')) text.remove_suffix(1);
    is_blank(text) ? void(++blank_lines_) : take_item(text);
  }
  ++position_;
}

void BulkPut::take_item(std::string_view text) {
  auto item = read_item(parser_, text, ids_, std::nullopt, options_.max_item_bytes);
  if (item) {
    batch_bytes_ += item->json.size();
    batch_.push_back(std::move(*item));
    batch_positions_.push_back(position_);
  } else if (splitter_.format() == ItemFormat::lines) {
    fail(position_, item.error().code(),
         item.error().message() + std::string(advice(item.error(), text)));
  } else if (item.error().code() == ErrorCode::invalid_json) {
    end_array("in this element, " + item.error().message());
  } else {
    fail(position_, item.error().code(), item.error().message());
  }
}

void BulkPut::break_off(Error error) {
  const bool read_nothing =
      report_.created + report_.replaced + report_.skipped + report_.failed + batch_.size() == 0;
  end_reading(error.code(), error.message() + " The body is not read further.");
  if (read_nothing || error.code() == ErrorCode::body_too_large) total_error_ = std::move(error);
}

void BulkPut::end_array(std::string_view reason) {
  end_reading(ErrorCode::invalid_json, std::string(reason) + "; the rest of the array is not read");
}

void BulkPut::end_reading(ErrorCode code, std::string reason) {
  ended_ = true;
  partial_.clear();
  skipped_.reset();
  fail(position_, code, std::move(reason));
}

/// Of the errors those with the lowest positions are kept: batches fail later than what is between
/// their items.
void BulkPut::fail(std::uint64_t position, ErrorCode code, std::string detail) {
  ++report_.failed;
  auto& errors = report_.errors;
  const bool is_full = errors.size() >= BulkReport::kMaxErrors;
  if (is_full && errors.back().position < position) return;
  if (is_full) errors.pop_back();
  const auto place = std::ranges::upper_bound(errors, position, {}, &BulkError::position);
  errors.insert(place, {.position = position, .code = code, .detail = std::move(detail)});
}

bool BulkPut::batch_is_full() const {
  return batch_.size() >= kBatchItems || batch_bytes_ >= kBatchBytes;
}

asio::awaitable<void> BulkPut::flush() {
  if (batch_.empty()) co_return;
  // A store that takes nothing at all is not asked batch after batch, each of which would wait.
  if (store_is_gone()) {
    fail_batch();
    co_return drop_batch();
  }
  Budget::Share place(batches_);
  // For the batches of other bulk puts it waits too.
  const bool has_turn = co_await wait_until(
      [&place] { return place.grow_to(1); },
      std::min(std::chrono::steady_clock::now() + options_.deadline, options_.latest));
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

bool BulkPut::store_is_gone() const {
  return store_error_ && (store_error_->code() == ErrorCode::throttled ||
                          store_error_->code() == ErrorCode::store_unavailable);
}

void BulkPut::fail_batch() {
  for (const std::uint64_t position : batch_positions_) {
    fail(position, store_error_->code(), store_error_->message());
  }
}

void BulkPut::drop_batch() {
  batch_.clear();
  batch_positions_.clear();
  batch_bytes_ = 0;
  memory_.shrink_to(partial_.size());
}

void BulkPut::count(const std::vector<BulkOutcome>& outcomes) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i]) {
      fail(batch_positions_[i], outcomes[i].error(), explain(outcomes[i].error()));
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
