#include "cli/open_store.h"

#include <utility>

#include "cli/exit_code.h"
#include "core/run.h"
#include "store/dynamodb/store.h"
#include "store/lmdb/directory.h"
#include "store/lmdb/store.h"

namespace picus::cli {
namespace {

/// The detail is for the operator too: who starts Picus sees no log of it yet.
Error about(const char* option, const Error& error) {
  std::string message = option + (": " + error.message());
  if (!error.detail().empty()) message += " (" + error.detail() + ")";
  return Error(error.code(), std::move(message));
}

Result<OpenStore> open_directory(const StoreOptions& options, Access access, Log& log) {
  using Durability = LmdbStore::Durability;
  std::error_code ignored;
  const bool is_new = !std::filesystem::exists(items_file(options.data), ignored);
  if (is_new && access == Access::existing) {
    return failure(
        ErrorCode::store_unavailable,
        "--data: " + std::filesystem::absolute(options.data).lexically_normal().string() +
            " has no store: give --create to create one");
  }
  auto faults = std::make_unique<StoreFaults>(log, static_cast<int>(ExitCode::damaged));
  auto store =
      LmdbStore::open({.directory = options.data,
                       .durability = options.relaxed ? Durability::relaxed : Durability::full,
                       .read_only = access == Access::read},
                      log);
  if (!store) return std::unexpected(about("--data", store.error()));
  return OpenStore{
      .faults = std::move(faults), .client = nullptr, .store = std::move(*store), .is_new = is_new};
}

Result<OpenStore> open_table(const TableOptions& options, Operations offered, Log& log) {
  constexpr std::chrono::seconds kPatience(10);
  auto client = std::make_unique<TableClient>(options, log);
  auto store = std::make_unique<DynamoDbStore>(
      **client,
      DynamoDbStore::Options{.table = options.name,
                             .key_attribute = options.key_attribute,
                             .offered = offered,
                             .segments = static_cast<unsigned>(options.list_segments)},
      client->log());
  const auto checked =
      run(store->check_table({.deadline = std::chrono::steady_clock::now() + kPatience}));
  if (!checked) return std::unexpected(about("--table", checked.error()));
  client->speak();
  return OpenStore{.faults = nullptr, .client = std::move(client), .store = std::move(store)};
}

}  // namespace

Result<OpenStore> open_store(const StoreOptions& options, Access access, Log& log,
                             Operations offered) {
  return options.is_dynamodb() ? open_table(options.table, offered, log)
                               : open_directory(options, access, log);
}

}  // namespace picus::cli
