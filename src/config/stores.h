#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/setting.h"
#include "config/table_options.h"
#include "core/log.h"
#include "core/operations.h"
#include "core/store.h"

namespace picus {

class Registry;
struct StoreKind;

/// Where the items are stored.
struct StoreOptions {
  const StoreKind* kind = nullptr;  ///< nullptr: a table if one is named, else the directory
  std::filesystem::path data = "./data";
  /// Acknowledged writes may be lost when the machine (not the process) stops.
  bool relaxed = false;
  TableOptions table;

  [[nodiscard]] const StoreKind& chosen_kind() const;
  [[nodiscard]] bool is_dynamodb() const;
};

enum class Access : std::uint8_t {
  read,
  existing,        ///< reads and writes an existing store
  read_and_write,  ///< creates a store if there is none
};

/// What a store is opened for.
struct StoreUse {
  Access access = Access::read;
  Operations offered = {};      ///< the operations for which the store is used
  Registry* metrics = nullptr;  ///< counts what the store does; nullptr: nothing is counted
};

struct OpenStore {
  std::shared_ptr<void> resources;  ///< what the store uses, such as the client of a table
  std::unique_ptr<Store> store;
  bool is_new = false;  ///< the store was created
};

/// A kind of store. A new one is a room of its own in src/store/, its options in StoreOptions, and
/// a row in the table of stores.cpp. Errors and warnings are for the user.
struct StoreKind {
  std::string_view name;    ///< as `--store` and StoreIdentity have it
  std::string_view option;  ///< the option that names the place of the items
  bool has_directory;       ///< processes of this machine share a directory, that of --data
  std::expected<void, std::string> (*check)(const StoreOptions& options);
  /// Empty: there is nothing to warn about.
  std::string (*warning)(const StoreOptions& options);
  std::expected<OpenStore, std::string> (*open)(const StoreOptions& options, const StoreUse& use,
                                                Log& log);
};

/// Each kind once.
std::span<const StoreKind> store_kinds();

// The settings; they assign to `to`, which outlives them.
void add_store_kind(std::vector<Setting>& settings, StoreOptions& to, Scope scope);

/// Checks the options of the chosen kind together. The error is for the operator, with advice.
std::expected<void, std::string> check(const StoreOptions& options);

/// Opens the data directory, or checks the table. `log` and `use.metrics` outlive the store. The
/// error is for the user, and starts with the option that causes it.
std::expected<OpenStore, std::string> open_store(const StoreOptions& options, const StoreUse& use,
                                                 Log& log);

}  // namespace picus
