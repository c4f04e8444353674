#include "store/testing/memory_store.h"

#include <algorithm>
#include <utility>

namespace picus {
namespace {

bool is_late(const Context& context) {
  return std::chrono::steady_clock::now() >= context.deadline;
}

std::unexpected<Error> late() {
  return failure(ErrorCode::deadline_exceeded, "The time for this request had passed.");
}

bool has(const std::vector<Etag>& tags, const Etag& etag) {
  return std::ranges::find(tags, etag) != tags.end();
}

}  // namespace

asio::awaitable<Result<std::optional<StoredItem>>> MemoryStore::get(Key key, Context context) {
  if (is_late(context)) co_return late();
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key.text());
  if (found == entries_.end()) co_return std::nullopt;
  co_return StoredItem{.json = found->second.json, .etag = found->second.etag};
}

Result<PutOutcome> MemoryStore::put_now(NewItem item, const PutCondition& condition,
                                        std::optional<IdempotencyHash> idempotency) {
  const auto found = entries_.find(item.key.text());
  const bool taken = found != entries_.end();
  if (taken && idempotency && found->second.idempotency == idempotency) {
    if (found->second.etag == item.etag) {
      return PutOutcome{.created = found->second.created_by_last_put, .replayed = true};
    }
    return failure(ErrorCode::idempotency_mismatch, "The Idempotency-Key came with another item.");
  }
  if (std::holds_alternative<IfAbsent>(condition) && taken) {
    return failure(ErrorCode::already_exists, "An item with this key exists.");
  }
  if (std::holds_alternative<IfPresent>(condition) && !taken) {
    return failure(ErrorCode::precondition_failed, "There is no item with this key.");
  }
  if (const auto* wanted = std::get_if<IfEtag>(&condition)) {
    if (!taken || !has(wanted->tags, found->second.etag)) {
      return failure(ErrorCode::precondition_failed, "The item has another tag.");
    }
  }
  entries_.insert_or_assign(item.key.text(), Entry{.json = std::move(item.json),
                                                   .etag = item.etag,
                                                   .created_by_last_put = !taken,
                                                   .idempotency = idempotency});
  return PutOutcome{.created = !taken};
}

asio::awaitable<Result<PutOutcome>> MemoryStore::put(NewItem item, PutCondition condition,
                                                     std::optional<IdempotencyHash> idempotency,
                                                     Context context) {
  if (is_late(context)) co_return late();
  const std::lock_guard lock(mutex_);
  co_return put_now(std::move(item), condition, idempotency);
}

BulkOutcome MemoryStore::put_one_of_many(NewItem item, OnConflict on_conflict) {
  const bool taken = entries_.contains(item.key.text());
  if (taken && on_conflict == OnConflict::fail) return std::unexpected(ErrorCode::already_exists);
  if (taken && on_conflict == OnConflict::skip) return Written::skipped;
  entries_.insert_or_assign(item.key.text(), Entry{.json = std::move(item.json),
                                                   .etag = item.etag,
                                                   .created_by_last_put = !taken,
                                                   .idempotency = std::nullopt});
  return taken ? Written::replaced : Written::created;
}

asio::awaitable<Result<std::vector<BulkOutcome>>> MemoryStore::put_many(std::vector<NewItem> items,
                                                                        OnConflict on_conflict,
                                                                        Context context) {
  if (is_late(context)) co_return late();
  const std::lock_guard lock(mutex_);
  std::vector<BulkOutcome> outcomes;
  outcomes.reserve(items.size());
  for (NewItem& item : items) outcomes.push_back(put_one_of_many(std::move(item), on_conflict));
  co_return outcomes;
}

asio::awaitable<Result<void>> MemoryStore::remove(Key key, RemoveCondition condition,
                                                  Context context) {
  if (is_late(context)) co_return late();
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key.text());
  if (found == entries_.end()) {
    co_return failure(ErrorCode::not_found, "There is no item with this key.");
  }
  const auto* wanted = std::get_if<IfEtag>(&condition);
  if (wanted != nullptr && !has(wanted->tags, found->second.etag)) {
    co_return failure(ErrorCode::precondition_failed, "The item has another tag.");
  }
  entries_.erase(found);
  co_return Result<void>();
}

asio::awaitable<Result<Page>> MemoryStore::scan(ScanRequest request, Context context) {
  if (is_late(context)) co_return late();
  if (!request.after.empty() && !Key::parse(request.after, ErrorCode::invalid_cursor)) {
    co_return failure(ErrorCode::invalid_cursor, "The cursor names no position.");
  }
  const std::lock_guard lock(mutex_);
  Page page;
  page.text = std::move(request.buffer);
  page.text.clear();
  auto at = entries_.upper_bound(request.after);
  while (at != entries_.end() && page.count < request.max_items &&
         page.text.size() <= request.max_bytes) {
    page.text += at->second.json;
    page.text += request.separator;
    ++page.count;
    ++at;
  }
  if (at != entries_.end()) page.next = std::prev(at)->first;
  co_return page;
}

asio::awaitable<StoreState> MemoryStore::ask(Context context) {
  co_return is_late(context) ? StoreState::unreachable : StoreState::ok;
}

}  // namespace picus
