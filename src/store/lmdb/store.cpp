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
  const LmdbMetrics metrics(options.metrics);
  const bool relaxed = options.durability == Durability::relaxed;
  StoreIdentity identity{
      .kind = kKind,
      .place = std::filesystem::absolute(options.directory).lexically_normal().string(),
      .durability = relaxed ? "relaxed" : "full"};
  auto file = LmdbFile::open({.directory = std::move(options.directory),
                              .map_bytes = options.initial_map_bytes,
                              .read_only = options.read_only,
                              .defer_meta_sync = relaxed && !options.read_only},
                             log, metrics);
  if (!file) return std::unexpected(std::move(file.error()));
  std::unique_ptr<LmdbWriter> writer;
  if (!options.read_only) {
    const auto interval = relaxed ? kRelaxedSyncInterval : std::chrono::milliseconds{0};
    writer = std::make_unique<LmdbWriter>(
        **file, log, LmdbWriter::Options{.sync_interval = interval, .metrics = metrics});
  }
  std::unique_ptr<LmdbStore> store(
      new LmdbStore(std::move(identity), std::move(*file), std::move(writer), metrics, log));
  if (options.metrics != nullptr) store->add_sizes(*options.metrics);
  return store;
}

LmdbStore::LmdbStore(StoreIdentity identity, std::unique_ptr<LmdbFile> file,
                     std::unique_ptr<LmdbWriter> writer, const LmdbMetrics& metrics, Log& log)
    : log_(log),
      identity_(std::move(identity)),
      metrics_(metrics),
      file_(std::move(file)),
      writer_(std::move(writer)) {}

void LmdbStore::add_sizes(Registry& registry) {
  constexpr auto kGauge = Metric::Kind::gauge;
  registry.reading({.name = "picus_lmdb_used_bytes",
                    .help = "Bytes of the file that the last commit uses.",
                    .kind = kGauge},
                   [this] { return file_->sizes().used_bytes; });
  registry.reading({.name = "picus_lmdb_file_bytes", .help = "Size of the file.", .kind = kGauge},
                   [this] { return file_->sizes().file_bytes; });
  registry.reading({.name = "picus_lmdb_readers",
                    .help = "Entries of the table of readers, of all processes.",
                    .kind = kGauge},
                   [this] { return file_->sizes().readers; });
  registry.reading(
      {.name = "picus_lmdb_queue", .help = "Writes that wait for the disk.", .kind = kGauge},
      [this] { return writer_ ? static_cast<std::int64_t>(writer_->waiting()) : 0; });
}

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
  if (!snapshot->environment().has_mapped(bytes)) return std::unexpected(damaged_item(key.text()));
  const auto record = read_record(key.text(), bytes);
  if (!record) return std::unexpected(damaged_item(key.text()));
  return StoredItem{.json = std::string(record->json), .etag = record->etag};
}

asio::awaitable<Result<std::optional<StoredItem>>> LmdbStore::get(Key key, Context context) {
  const OperationTimer timer(metrics_, LmdbMetrics::Operation::get);
  auto found = is_late(context) ? late() : read(key);
  if (!found) note_damage(found.error());
  co_return timer.end(std::move(found));
}

asio::awaitable<Result<PutOutcome>> LmdbStore::put(NewItem item, PutCondition condition,
                                                   std::optional<IdempotencyHash> idempotency,
                                                   Context context) {
  const OperationTimer timer(metrics_, LmdbMetrics::Operation::put);
  if (!writer_) co_return refuse_write();
  PutOperation operation{
      .item = std::move(item), .condition = std::move(condition), .idempotency = idempotency};
  auto outcome = co_await writer_->write(std::move(operation), context);
  if (!outcome) note_damage(outcome.error());
  co_return timer.end(std::move(outcome));
}

asio::awaitable<Result<std::vector<BulkOutcome>>> LmdbStore::put_many(std::vector<NewItem> items,
                                                                      OnConflict on_conflict,
                                                                      Context context) {
  const OperationTimer timer(metrics_, LmdbMetrics::Operation::put_many);
  if (!writer_) co_return refuse_write();
  PutManyOperation operation{.items = std::move(items), .on_conflict = on_conflict};
  auto outcome = co_await writer_->write(std::move(operation), context);
  if (!outcome) {
    note_damage(outcome.error());
  } else if (std::ranges::find(*outcome, kDamaged) != outcome->end()) {
    note_damage(lmdb_error(MDB_CORRUPTED, "put"));
  }
  co_return timer.end(std::move(outcome));
}

asio::awaitable<Result<void>> LmdbStore::remove(Key key, RemoveCondition condition,
                                                Context context) {
  const OperationTimer timer(metrics_, LmdbMetrics::Operation::remove);
  if (!writer_) co_return refuse_write();
  RemoveOperation operation{.key = std::move(key), .condition = std::move(condition)};
  auto outcome = co_await writer_->write(std::move(operation), context);
  if (!outcome) note_damage(outcome.error());
  co_return timer.end(std::move(outcome));
}

asio::awaitable<Result<Page>> LmdbStore::scan(ScanRequest request, Context context) {
  const OperationTimer timer(metrics_, LmdbMetrics::Operation::scan);
  co_return timer.end(is_late(context) ? late() : read_page(std::move(request)));
}

Result<Page> LmdbStore::read_page(ScanRequest request) {
  const auto snapshot = file_->read();
  if (!snapshot) return std::unexpected(snapshot.error());
  auto page = scan_page(*snapshot, std::move(request));
  if (!page) {
    note_damage(page.error());
    return page;
  }
  for (const std::string& key : page->damaged) note_damage(damaged_item_in_list(key));
  return page;
}

StoreIdentity LmdbStore::identity() const { return identity_; }

StoreHealth LmdbStore::health() const {
  const std::uint64_t damages = damages_;
  return {.lost = !file_->healthy(),
          .has_lost_file = file_->has_lost_file(),
          .damaged = damages != 0,
          .damages = damages};
}

void LmdbStore::note_damage(const Error& error) {
  if (error.code() != ErrorCode::store_damaged) return;
  ++damages_;
  if (error.key().empty()) {
    return log_.write(Level::error, "store-damaged", {{"detail", error.detail()}});
  }
  log_.write(Level::error, "store-damaged", {{"key", error.key()}, {"detail", error.detail()}});
}

asio::awaitable<StoreState> LmdbStore::ask(Context context) {
  // Recovery would wait for the same lock.
  const bool is_blocked = writer_ && writer_->blocked();
  if (is_late(context) || is_blocked) co_return StoreState::unreachable;
  co_return file_->healthy() || file_->recover() ? StoreState::ok : StoreState::unreachable;
}

}  // namespace picus
