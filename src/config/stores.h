#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "config/store_options.h"
#include "core/log.h"
#include "core/operations.h"
#include "core/store.h"
#include "store/dynamodb/table_client.h"
#include "store/lmdb/store_fault.h"

namespace picus::cli {

enum class Access : std::uint8_t {
  read,
  existing,        ///< reads and writes an existing store
  read_and_write,  ///< creates a store if there is none
};

/// A store, and its client if it is a table.
struct OpenStore {
  std::unique_ptr<StoreFaults> faults;  ///< of a data directory: faults end the process
  std::unique_ptr<TableClient> client;
  std::unique_ptr<Store> store;
  bool is_new = false;  ///< the store was created
};

/// Opens the data directory, or checks the table. `log` outlives the store. The error is for the
/// user, and starts with the option that causes it. `offered`: the operations for which the store
/// is used. `metrics`: counts what the store does, and outlives it; nullptr: nothing is counted.
std::expected<OpenStore, std::string> open_store(const StoreOptions& options, Access access,
                                                 Log& log, Operations offered = {},
                                                 Registry* metrics = nullptr);

}  // namespace picus::cli
