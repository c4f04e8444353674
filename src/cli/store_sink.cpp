#include "cli/store_sink.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
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
          {index, "already-exists", "An item with other content has the id."});
    }
    if (equal) co_return std::nullopt;
    error = equal.error().code();
  }
  if (passes(error)) co_return error;
  result->refused.push_back(refusal(index, error));
  co_return std::nullopt;
}

asio::awaitable<Result<BatchOutcome>> StoreSink::put(std::vector<NewItem> batch,
                                                     OnConflict on_conflict) {
  using Clock = std::chrono::steady_clock;
  BatchOutcome result;
  std::vector<std::size_t> left(batch.size());
  std::iota(left.begin(), left.end(), 0UZ);
  for (auto end = Clock::now() + patience_;; co_await pause(pause_)) {
    std::vector<NewItem> items;
    items.reserve(left.size());
    for (const std::size_t index : left) items.push_back(batch[index]);
    const auto outcomes = co_await store_.put_many(std::move(items), on_conflict, context());
    const bool last = Clock::now() >= end;
    if (!outcomes) {
      if (last || !passes(outcomes.error().code())) co_return std::unexpected(outcomes.error());
      continue;
    }
    std::vector<std::size_t> again;
    for (std::size_t n = 0; n < left.size(); ++n) {
      const BulkOutcome& outcome = (*outcomes)[n];
      const std::size_t index = left[n];
      if (outcome) {
        count(result, *outcome);
        continue;
      }
      const auto passing = co_await sort_out(outcome.error(), &batch[index], index, &result);
      if (!passing) continue;
      if (last) {
        result.refused.push_back(refusal(index, *passing));
      } else {
        again.push_back(index);
      }
    }
    if (again.empty()) break;
    if (again.size() < left.size()) end = Clock::now() + patience_;
    left = std::move(again);
  }
  std::ranges::sort(result.refused, {}, &RefusedItem::index);
  co_return result;
}

}  // namespace picus::cli
