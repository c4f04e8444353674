#include "store/lmdb/store.h"

#include <lmdb.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "core/log.h"
#include "store/lmdb/error.h"
#include "store/lmdb/file.h"
#include "store/lmdb/record.h"
#include "store/lmdb/scan.h"
#include "store/lmdb/write_operations.h"
#include "store/lmdb/writer.h"

namespace picus {
namespace {

constexpr std::chrono::milliseconds kRelaxedSyncInterval{100};

const BulkOutcome kDamaged = std::unexpected(ErrorCode::store_damaged);

bool is_late(const Context& context) {
  return std::chrono::steady_clock::now() >= context.deadline;
}

std::unexpected<Error> late() {
  return failure(ErrorCode::deadline_exceeded, "The request could not start in time.");
}

std::unexpected<Error> refuse_write() {
  return failure(ErrorCode::store_unavailable, "The store is open for reading only.");
}

}  // namespace

Result<std::unique_ptr<LmdbStore>> LmdbStore::open(Options options, Log& log) {
  const bool relaxed = options.durability == Durability::relaxed;
  auto file = LmdbFile::open({.directory = std::move(options.directory),
                              .map_bytes = options.initial_map_bytes,
                              .read_only = options.read_only,
                              .defer_meta_sync = relaxed && !options.read_only},
                             log);
  if (!file) return std::unexpected(std::move(file.error()));
  std::unique_ptr<LmdbWriter> writer;
  if (!options.read_only) {
    const auto interval = relaxed ? kRelaxedSyncInterval : std::chrono::milliseconds{0};
    writer = std::make_unique<LmdbWriter>(**file, LmdbWriter::Options{.sync_interval = interval});
  }
  return std::unique_ptr<LmdbStore>(new LmdbStore(std::move(*file), std::move(writer), log));
}

LmdbStore::LmdbStore(std::unique_ptr<LmdbFile> file, std::unique_ptr<LmdbWriter> writer, Log& log)
    : log_(log), file_(std::move(file)), writer_(std::move(writer)) {}

LmdbStore::~LmdbStore() = default;

Result<std::optional<StoredItem>> LmdbStore::read(const Key& key) {
  const auto snapshot = file_->read();
  if (!snapshot) return std::unexpected(snapshot.error());
  MDB_val position{.mv_size = key.text().size(), .mv_data = const_cast<char*>(key.text().data())};
  MDB_val value{};
  const int code = mdb_get(snapshot->get(), snapshot->environment().items(), &position, &value);
  if (code == MDB_NOTFOUND) return std::nullopt;
  if (code != 0) return std::unexpected(lmdb_error(code, "get"));
  const std::string_view bytes{static_cast<const char*>(value.mv_data), value.mv_size};
  if (!snapshot->environment().has_mapped(bytes)) return std::unexpected(damaged_item());
  const auto record = read_record(key.text(), bytes);
  if (!record) return std::unexpected(damaged_item());
  return StoredItem{.json = std::string(record->json), .etag = record->etag};
}

asio::awaitable<Result<std::optional<StoredItem>>> LmdbStore::get(Key key, Context context) {
  if (is_late(context)) co_return late();
  auto found = read(key);
  if (!found) note_damage(found.error(), key.text());
  co_return found;
}

asio::awaitable<Result<PutOutcome>> LmdbStore::put(NewItem item, PutCondition condition,
                                                   std::optional<IdempotencyHash> idempotency,
                                                   Context context) {
  if (!writer_) co_return refuse_write();
  const Key key = item.key;
  PutOperation operation{
      .item = std::move(item), .condition = std::move(condition), .idempotency = idempotency};
  auto outcome = co_await writer_->write(std::move(operation), context);
  if (!outcome) note_damage(outcome.error(), key.text());
  co_return outcome;
}

asio::awaitable<Result<std::vector<BulkOutcome>>> LmdbStore::put_many(std::vector<NewItem> items,
                                                                      OnConflict on_conflict,
                                                                      Context context) {
  if (!writer_) co_return refuse_write();
  PutManyOperation operation{.items = std::move(items), .on_conflict = on_conflict};
  auto outcome = co_await writer_->write(std::move(operation), context);
  if (!outcome) {
    note_damage(outcome.error(), "");
  } else if (std::ranges::find(*outcome, kDamaged) != outcome->end()) {
    note_damage(damaged_item(), "");
  }
  co_return outcome;
}

asio::awaitable<Result<void>> LmdbStore::remove(Key key, RemoveCondition condition,
                                                Context context) {
  if (!writer_) co_return refuse_write();
  RemoveOperation operation{.key = key, .condition = std::move(condition)};
  auto outcome = co_await writer_->write(std::move(operation), context);
  if (!outcome) note_damage(outcome.error(), key.text());
  co_return outcome;
}

asio::awaitable<Result<Page>> LmdbStore::scan(ScanRequest request, Context context) {
  if (is_late(context)) co_return late();
  const auto snapshot = file_->read();
  if (!snapshot) co_return std::unexpected(snapshot.error());
  std::string place;
  auto page = scan_page(*snapshot, std::move(request), place);
  if (!page) {
    note_damage(page.error(), place);
    co_return page;
  }
  for (const std::string& left_out : page->damaged) note_damage(damaged_item(), left_out);
  co_return page;
}

StoreHealth LmdbStore::health() const {
  const std::uint64_t damages = damages_;
  return {.lost = !file_->healthy(), .damaged = damages != 0, .damages = damages};
}

void LmdbStore::note_damage(const Error& error, std::string_view key) {
  if (error.code() != ErrorCode::store_damaged) return;
  ++damages_;
  log_.write(Level::error, "store-damaged", {{"key", key}, {"detail", error.detail()}});
}

asio::awaitable<StoreState> LmdbStore::ask(Context context) {
  if (is_late(context)) co_return StoreState::unreachable;
  co_return file_->healthy() || file_->recover() ? StoreState::ok : StoreState::unreachable;
}

}  // namespace picus
