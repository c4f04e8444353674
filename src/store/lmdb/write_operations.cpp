#include "store/lmdb/write_operations.h"

#include <lmdb.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "core/key_order.h"
#include "store/lmdb/error.h"
#include "store/lmdb/record.h"
#include "store/lmdb/value.h"

namespace picus {
namespace {

/// A key, a record's header and LMDB's node header.
constexpr std::size_t kOverheadBytes = 100;

/// What is stored under a key.
struct StoredRecord {
  bool taken = false;
  std::optional<Record> record = std::nullopt;  ///< nothing also where it is damaged

  [[nodiscard]] bool damaged() const { return taken && !record; }
};

/// Or the LMDB code that says why the tree cannot be read.
std::expected<StoredRecord, int> find(MDB_cursor* cursor, const Key& key) {
  MDB_val position = value_of(key.text());
  MDB_val value{};
  const int code = mdb_cursor_get(cursor, &position, &value, MDB_SET_KEY);
  if (code == MDB_NOTFOUND) return StoredRecord();
  if (code != 0) return std::unexpected(code);
  return StoredRecord{.taken = true, .record = read_record(key.text(), text_of(value))};
}

/// An LMDB code; MDB_KEYEXIST with MDB_NOOVERWRITE and a taken key.
int store(MDB_cursor* cursor, const Key& key, const Record& record, Layout layout, unsigned flags) {
  MDB_val position = value_of(key.text());
  MDB_val place{.mv_size = record_bytes(record, layout), .mv_data = nullptr};
  const int code = mdb_cursor_put(cursor, &position, &place, flags | MDB_RESERVE);
  if (code != 0) return code;
  write_record(key.text(), record, layout,
               std::span(static_cast<char*>(place.mv_data), place.mv_size));
  return 0;
}

Record record_of(const NewItem& item, const std::optional<Record>& before, std::int64_t now_ms) {
  return {.etag = item.etag,
          .created_ms = before ? before->created_ms : now_ms,
          .updated_ms = now_ms,
          .created_by_last_put = !before.has_value(),
          .idempotency = std::nullopt,
          .json = item.json};
}

bool matches(const IfEtag& condition, const Record& record) {
  return std::ranges::find(condition.tags, record.etag) != condition.tags.end();
}

/// Whether the put has to know what is under its key, beyond that there is something.
bool reads_record(const PutOperation& operation) {
  const bool replays =
      operation.idempotency && std::holds_alternative<IfAbsent>(operation.condition);
  return replays || std::holds_alternative<IfEtag>(operation.condition);
}

/// The error of a put whose condition does not hold; nothing if it may go on.
std::optional<Error> refusal(const PutCondition& condition, const StoredRecord& found) {
  if (std::holds_alternative<IfAbsent>(condition) && found.taken) {
    return Error(ErrorCode::already_exists, "An item with this key exists.");
  }
  if (std::holds_alternative<IfPresent>(condition) && !found.taken) {
    return Error(ErrorCode::precondition_failed, "There is no item with this key to replace.");
  }
  const auto* tags = std::get_if<IfEtag>(&condition);
  if (tags != nullptr && !found.taken) {
    return Error(ErrorCode::precondition_failed, "There is no item with this key to replace.");
  }
  if (tags != nullptr && !matches(*tags, *found.record)) {
    return Error(ErrorCode::precondition_failed, "The item has changed: its ETag is different.");
  }
  return std::nullopt;
}

/// An answer that is an error; the transaction goes on.
template <typename T>
Result<T> refuse(Error error) {
  return std::unexpected(std::move(error));
}

std::expected<BulkOutcome, int> put_one(MDB_cursor* cursor, const NewItem& item,
                                        OnConflict on_conflict, std::int64_t now_ms,
                                        Layout layout) {
  const int code =
      store(cursor, item.key, record_of(item, std::nullopt, now_ms), layout, MDB_NOOVERWRITE);
  if (code == 0) return Written::created;
  if (code != MDB_KEYEXIST) return std::unexpected(code);
  if (on_conflict == OnConflict::fail) return BulkOutcome(std::unexpect, ErrorCode::already_exists);
  if (on_conflict == OnConflict::skip) return Written::skipped;
  const auto found = find(cursor, item.key);
  if (!found) return std::unexpected(found.error());
  Record record = record_of(item, found->record, now_ms);
  record.created_by_last_put = !found->taken;
  const int replaced = store(cursor, item.key, record, layout, 0);
  if (replaced != 0) return std::unexpected(replaced);
  return Written::replaced;
}

}  // namespace

std::size_t operation_bytes(const PutOperation& operation) {
  return operation.item.json.size() + kOverheadBytes;
}

std::size_t operation_bytes(const PutManyOperation& operation) {
  std::size_t bytes = 0;
  for (const NewItem& item : operation.items) bytes += item.json.size() + kOverheadBytes;
  return bytes;
}

std::size_t operation_bytes(const RemoveOperation& /*operation*/) { return kOverheadBytes; }

std::expected<Changes, int> Changes::begin(MDB_txn* transaction, unsigned items,
                                           std::int64_t now_ms, Layout layout) {
  MDB_cursor* cursor = nullptr;
  if (const int code = mdb_cursor_open(transaction, items, &cursor); code != 0) {
    return std::unexpected(code);
  }
  return Changes(cursor, now_ms, layout);
}

Changes::Changes(Changes&& other) noexcept
    : cursor_(std::exchange(other.cursor_, nullptr)),
      now_ms_(other.now_ms_),
      layout_(other.layout_) {}

Changes::~Changes() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

Changes::Applied<PutOutcome> Changes::apply(const PutOperation& operation) {
  const auto found = find(cursor_, operation.item.key);
  if (!found) return std::unexpected(found.error());
  if (found->damaged() && reads_record(operation)) {
    return refuse<PutOutcome>(damaged_item(operation.item.key.text()));
  }
  const std::optional<Record>& before = found->record;
  if (before && operation.idempotency && before->idempotency == operation.idempotency) {
    if (before->etag == operation.item.etag) {
      return PutOutcome{.created = before->created_by_last_put, .replayed = true};
    }
    return refuse<PutOutcome>(
        Error(ErrorCode::idempotency_mismatch, "This Idempotency-Key was used with another item."));
  }
  if (auto refused = refusal(operation.condition, *found)) {
    return refuse<PutOutcome>(std::move(*refused));
  }
  Record record = record_of(operation.item, before, now_ms_);
  record.idempotency = operation.idempotency;
  record.created_by_last_put = !found->taken;
  const bool created = record.created_by_last_put;
  if (const int code = store(cursor_, operation.item.key, record, layout_, 0); code != 0) {
    return std::unexpected(code);
  }
  return PutOutcome{.created = created};
}

Changes::Applied<std::vector<BulkOutcome>> Changes::apply(PutManyOperation& operation) {
  std::vector<BulkOutcome> outcomes(operation.items.size(), Written::created);
  for (const std::size_t index : by_key(operation.items)) {
    if (operation.damaged.contains(index)) {
      outcomes[index] = std::unexpected(ErrorCode::store_damaged);
      continue;
    }
    const auto outcome =
        put_one(cursor_, operation.items[index], operation.on_conflict, now_ms_, layout_);
    if (!outcome) {
      if (is_damage(outcome.error())) operation.damaged.insert(index);
      return std::unexpected(outcome.error());
    }
    outcomes[index] = *outcome;
  }
  return outcomes;
}

Changes::Applied<void> Changes::apply(const RemoveOperation& operation) {
  const auto found = find(cursor_, operation.key);
  if (!found) return std::unexpected(found.error());
  if (!found->taken) {
    return refuse<void>(Error(ErrorCode::not_found, "There is no item with this key."));
  }
  const auto* tags = std::get_if<IfEtag>(&operation.condition);
  if (tags != nullptr && found->damaged()) {
    return refuse<void>(damaged_item(operation.key.text()));
  }
  if (tags != nullptr && !matches(*tags, *found->record)) {
    return refuse<void>(
        Error(ErrorCode::precondition_failed, "The item has changed: its ETag is different."));
  }
  if (const int code = mdb_cursor_del(cursor_, 0); code != 0) return std::unexpected(code);
  return Result<void>();
}

}  // namespace picus
