#include "cli/store_sink.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "core/pause.h"

namespace picus::cli {
namespace {

Context context() {
  constexpr std::chrono::minutes kPatience(1);
  return {.deadline = std::chrono::steady_clock::now() + kPatience};
}

void count(BatchOutcome& result, Written written) {
  switch (written) {
    case Written::created:
      ++result.created;
      return;
    case Written::replaced:
      ++result.replaced;
      return;
    case Written::skipped:
      ++result.skipped;
      return;
  }
}

RefusedItem refusal(std::size_t index, ErrorCode code) {
  const ErrorTraits told = traits(code);
  return {index, std::string(told.name), std::string(told.title) + '.'};
}

bool passes(ErrorCode code) { return traits(code).retryable; }

}  // namespace

asio::awaitable<Result<bool>> StoreSink::holds(const NewItem* item) {
  const auto stored = co_await store_.get(item->key, context());
  if (!stored) co_return std::unexpected(stored.error());
  co_return stored->has_value() && (*stored)->etag == item->etag;
}

/// Adds an item that was not written to the result. An error: of those that may pass.
asio::awaitable<std::optional<ErrorCode>> StoreSink::sort_out(ErrorCode error, const NewItem* item,
                                                              std::size_t index,
                                                              BatchOutcome* result) {
  if (error == ErrorCode::already_exists) {
    const auto equal = co_await holds(item);
    if (equal && *equal) ++result->skipped;
    if (equal && !*equal) {
      result->refused.push_back(
          {index, "already-exists", "A stored item with other content has this id."});
    }
    if (equal) co_return std::nullopt;
    error = equal.error().code();
  }
  if (passes(error)) co_return error;
  result->refused.push_back(refusal(index, error));
  co_return std::nullopt;
}

/// Puts these items of the batch, and adds what became of them to the result. Those that failed for
/// a reason that passes are given back.
asio::awaitable<Result<std::vector<StoreSink::Failed>>> StoreSink::put_once(
    const std::vector<NewItem>* batch, const std::vector<Failed>* these, OnConflict on_conflict,
    BatchOutcome* result) {
  std::vector<NewItem> items;
  items.reserve(these->size());
  for (const Failed& one : *these) items.push_back((*batch)[one.index]);
  const auto outcomes = co_await store_.put_many(std::move(items), on_conflict, context());
  if (!outcomes) co_return std::unexpected(outcomes.error());
  std::vector<Failed> again;
  for (std::size_t n = 0; n < outcomes->size(); ++n) {
    const BulkOutcome& outcome = (*outcomes)[n];
    if (outcome) {
      count(*result, *outcome);
      continue;
    }
    const std::size_t index = (*these)[n].index;
    const auto code = co_await sort_out(outcome.error(), &(*batch)[index], index, result);
    if (code) again.push_back({index, *code});
  }
  co_return again;
}

asio::awaitable<std::expected<BatchOutcome, std::string>> StoreSink::put(std::vector<NewItem> batch,
                                                                         OnConflict on_conflict) {
  using Clock = std::chrono::steady_clock;
  BatchOutcome result;
  std::vector<Failed> left;
  left.reserve(batch.size());
  for (std::size_t index = 0; index < batch.size(); ++index) left.push_back({.index = index});
  for (auto end = Clock::now() + patience_;; co_await pause(pause_)) {
    auto failed = co_await put_once(&batch, &left, on_conflict, &result);
    const bool last = Clock::now() >= end;
    if (!failed && (last || !passes(failed.error().code()))) {
      was_reached_ = failed.error().code() == ErrorCode::store_full;
      co_return std::unexpected(failed.error().text());
    }
    if (!failed) continue;
    if (failed->size() < left.size()) end = Clock::now() + patience_;
    left = std::move(*failed);
    if (left.empty() || last) break;
  }
  for (const Failed& one : left) result.refused.push_back(refusal(one.index, one.code));
  std::ranges::sort(result.refused, {}, &RefusedItem::index);
  co_return result;
}

}  // namespace picus::cli
