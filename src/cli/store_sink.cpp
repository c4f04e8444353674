#include "cli/store_sink.h"

#include <cstddef>
#include <string>
#include <utility>

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

}  // namespace

asio::awaitable<Result<bool>> StoreSink::holds(Sent sent) {
  const auto stored = co_await store_.get(std::move(sent.key), context());
  if (!stored) co_return std::unexpected(stored.error());
  co_return stored->has_value() && (*stored)->etag == sent.etag;
}

asio::awaitable<Result<BatchOutcome>> StoreSink::put(std::vector<NewItem> batch,
                                                     OnConflict on_conflict) {
  std::vector<Sent> sent;
  sent.reserve(batch.size());
  for (const NewItem& item : batch) sent.push_back({item.key, item.etag});
  const auto outcomes = co_await store_.put_many(std::move(batch), on_conflict, context());
  if (!outcomes) co_return std::unexpected(outcomes.error());
  BatchOutcome result;
  for (std::size_t index = 0; index < outcomes->size(); ++index) {
    const BulkOutcome& outcome = (*outcomes)[index];
    if (outcome) {
      count(result, *outcome);
      continue;
    }
    if (outcome.error() != ErrorCode::already_exists) {
      result.refused.push_back(refusal(index, outcome.error()));
      continue;
    }
    const auto equal = co_await holds(sent[index]);
    if (!equal) co_return std::unexpected(equal.error());
    if (*equal) {
      ++result.skipped;
    } else {
      result.refused.push_back({index, "already-exists", "An item with other content has the id."});
    }
  }
  co_return result;
}

}  // namespace picus::cli
