#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "config/setting.h"
#include "store/dynamodb/table_options.h"

namespace picus {

enum class StoreKind : std::uint8_t { automatic, lmdb, dynamodb };

/// Where the items are.
struct StoreOptions {
  StoreKind kind = StoreKind::automatic;
  std::filesystem::path data;
  /// Acknowledged writes may be lost when the machine (not the process) stops.
  bool relaxed = false;
  TableOptions table;

  [[nodiscard]] bool is_dynamodb() const;
};

// The settings; they assign to `to`, which outlives them.
void add_store_kind(std::vector<Setting>& settings, StoreOptions& to, Scope scope);
void add_table(std::vector<Setting>& settings, TableOptions& to, Scope scope);
void add_ca_bundle(std::vector<Setting>& settings, std::filesystem::path& to, Scope scope);
void add_list_segments(std::vector<Setting>& settings, TableOptions& to, Scope scope);

/// A warning where a proxy of the environment would have to be used for the table's endpoint, by
/// https_proxy, no_proxy and their like: Picus uses none. Otherwise empty.
std::string proxy_warning(const TableOptions& options, const aws::Environment& environment);

/// What no setting can judge alone: a table has a proper name, a region and an endpoint. The error
/// is for the person who starts Picus, and says the way out.
std::expected<void, std::string> check(const TableOptions& options);
/// As above where the items are in DynamoDB.
std::expected<void, std::string> check(const StoreOptions& options);

}  // namespace picus
