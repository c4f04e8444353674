#include "config/stores.h"

#include <array>
#include <utility>

#include "core/run.h"
#include "store/dynamodb/store.h"
#include "store/dynamodb/table_client.h"
#include "store/lmdb/directory.h"
#include "store/lmdb/store.h"
#include "store/lmdb/store_fault.h"

namespace picus {
namespace {

std::expected<OpenStore, std::string> open_directory(const StoreOptions& options,
                                                     const StoreUse& use, Log& log) {
  using Durability = LmdbStore::Durability;
  std::error_code ignored;
  const bool is_new = !std::filesystem::exists(items_file(options.data), ignored);
  if (is_new && use.access == Access::existing) {
    return std::unexpected(
        "--data: " + std::filesystem::absolute(options.data).lexically_normal().string() +
        " has no store: give --create to create one");
  }
  auto faults = std::make_shared<StoreFaults>(log);
  auto store =
      LmdbStore::open({.directory = options.data,
                       .durability = options.relaxed ? Durability::relaxed : Durability::full,
                       .read_only = use.access == Access::read,
                       .metrics = use.metrics},
                      log);
  if (!store) return std::unexpected("--data: " + store.error().text());
  return OpenStore{.resources = std::move(faults), .store = std::move(*store), .is_new = is_new};
}

std::expected<OpenStore, std::string> open_table(const StoreOptions& options, const StoreUse& use,
                                                 Log& log) {
  constexpr std::chrono::seconds kCheckTime(10);
  auto client = std::make_shared<TableClient>(options.table, log, use.metrics);
  auto store = std::make_unique<DynamoDbStore>(
      **client,
      DynamoDbStore::Options{.table = options.table.name,
                             .key_attribute = options.table.key_attribute,
                             .offered = use.offered,
                             .list_segments = options.table.list_segments,
                             .metrics = use.metrics},
      client->log());
  const auto checked =
      run(store->check_table({.deadline = std::chrono::steady_clock::now() + kCheckTime}));
  if (!checked) return std::unexpected("--table: " + checked.error().text());
  client->speak();
  return OpenStore{.resources = std::move(client), .store = std::move(store)};
}

constexpr std::array kKinds{
    StoreKind{.name = LmdbStore::kKind,
              .option = "data",
              .has_directory = true,
              .check = [](const StoreOptions&) { return std::expected<void, std::string>(); },
              .warning = [](const StoreOptions&) { return std::string(); },
              .open = open_directory},
    StoreKind{.name = DynamoDbStore::kKind,
              .option = "table",
              .has_directory = false,
              .check = [](const StoreOptions& options) { return check(options.table); },
              .warning = [](const StoreOptions& options) { return proxy_warning(options.table); },
              .open = open_table},
};
constexpr const StoreKind& kDirectory = kKinds[0];
constexpr const StoreKind& kTable = kKinds[1];

}  // namespace

std::span<const StoreKind> store_kinds() { return kKinds; }

const StoreKind& StoreOptions::chosen_kind() const {
  if (kind != nullptr) return *kind;
  return table.name.empty() ? kDirectory : kTable;
}

bool StoreOptions::is_dynamodb() const { return &chosen_kind() == &kTable; }

void add_store_kind(std::vector<Setting>& settings, StoreOptions& to, Scope scope) {
  std::vector<std::pair<std::string_view, const StoreKind*>> words{{"auto", nullptr}};
  for (const StoreKind& kind : kKinds) words.emplace_back(kind.name, &kind);
  settings.push_back(
      {.name = "store",
       .value = choice(to.kind, std::move(words)),
       .help = "Where the items are stored. lmdb: in the directory of --data. dynamodb: in the "
               "table of --table. auto: dynamodb if --table is given, else lmdb.",
       .scope = scope});
}

std::expected<void, std::string> check(const StoreOptions& options) {
  return options.chosen_kind().check(options);
}

std::expected<OpenStore, std::string> open_store(const StoreOptions& options, const StoreUse& use,
                                                 Log& log) {
  return options.chosen_kind().open(options, use, log);
}

}  // namespace picus
