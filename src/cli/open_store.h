#pragma once

#include <cstdint>
#include <memory>

#include "config/store_options.h"
#include "core/log.h"
#include "core/operations.h"
#include "core/store.h"
#include "store/dynamodb/table_client.h"
#include "store/lmdb/store_fault.h"

namespace picus::cli {

enum class Access : std::uint8_t {
  read,
  existing,        ///< to read and to write, where a data directory has a store
  read_and_write,  ///< and one is made where it has none
};

/// A store, and the client that it uses where it is a table.
struct OpenStore {
  std::unique_ptr<StoreFaults> faults;  ///< of a data directory: they end the process
  std::unique_ptr<TableClient> client;
  std::unique_ptr<Store> store;
  bool is_new = false;  ///< a data directory that had no store before
};

/// Opens the data directory, or checks the table. `log` outlives the store. The error's message is
/// for the person who starts Picus, and begins with the option that it is about.
/// `offered`: which operations the store will be used for.
Result<OpenStore> open_store(const StoreOptions& options, Access access, Log& log,
                             Operations offered = {});

}  // namespace picus::cli
