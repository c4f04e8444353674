#include "cli/open_store.h"

#include <utility>

#include "cli/exit_code.h"
#include "core/run.h"
#include "store/dynamodb/store.h"
#include "store/lmdb/directory.h"
#include "store/lmdb/store.h"

namespace picus::cli {
namespace {

std::expected<OpenStore, std::string> open_directory(const StoreOptions& options, Access access,
                                                     Log& log, Registry* metrics) {
  using Durability = LmdbStore::Durability;
  std::error_code ignored;
  const bool is_new = !std::filesystem::exists(items_file(options.data), ignored);
  if (is_new && access == Access::existing) {
    return std::unexpected(
        "--data: " + std::filesystem::absolute(options.data).lexically_normal().string() +
        " has no store: give --create to create one");
  }
  auto faults = std::make_unique<StoreFaults>(log, static_cast<int>(ExitCode::damaged));
  auto store =
      LmdbStore::open({.directory = options.data,
                       .durability = options.relaxed ? Durability::relaxed : Durability::full,
                       .read_only = access == Access::read,
                       .metrics = metrics},
                      log);
  if (!store) return std::unexpected("--data: " + store.error().text());
  return OpenStore{
      .faults = std::move(faults), .client = nullptr, .store = std::move(*store), .is_new = is_new};
}

std::expected<OpenStore, std::string> open_table(const TableOptions& options, Operations offered,
                                                 Log& log, Registry* metrics) {
  constexpr std::chrono::seconds kPatience(10);
  auto client = std::make_unique<TableClient>(options, log, metrics);
  auto store = std::make_unique<DynamoDbStore>(
      **client,
      DynamoDbStore::Options{.table = options.name,
                             .key_attribute = options.key_attribute,
                             .offered = offered,
                             .segments = static_cast<unsigned>(options.list_segments),
                             .metrics = metrics},
      client->log());
  const auto checked =
      run(store->check_table({.deadline = std::chrono::steady_clock::now() + kPatience}));
  if (!checked) return std::unexpected("--table: " + checked.error().text());
  client->speak();
  return OpenStore{.faults = nullptr, .client = std::move(client), .store = std::move(store)};
}

}  // namespace

std::expected<OpenStore, std::string> open_store(const StoreOptions& options, Access access,
                                                 Log& log, Operations offered, Registry* metrics) {
  return options.is_dynamodb() ? open_table(options.table, offered, log, metrics)
                               : open_directory(options, access, log, metrics);
}

}  // namespace picus::cli
