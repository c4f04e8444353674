#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/layers.h"
#include "cli/setting.h"

namespace picus::cli {

enum class StoreKind : std::uint8_t { automatic, lmdb, dynamodb };

/// A DynamoDB table, and the way to it.
struct TableOptions {
  std::string name;
  std::string region;
  std::string endpoint_url;  ///< empty: AWS's of the region
  std::string key_attribute;
  std::filesystem::path ca_bundle;  ///< empty: the system's
  std::size_t list_segments = 4;    ///< scans side by side
  Environment environment;          ///< no setting: where credentials are looked for
};

/// Where the items are.
struct StoreOptions {
  StoreKind kind = StoreKind::automatic;
  std::filesystem::path data;
  bool relaxed =
      false;  ///< acknowledged writes may be lost when the machine (not the process) stops
  TableOptions table;

  [[nodiscard]] bool is_dynamodb() const;
};

// The settings; they assign to `to`, which outlives them.
void add_store_kind(std::vector<Setting>& settings, StoreOptions& to, Scope scope);
void add_table(std::vector<Setting>& settings, TableOptions& to, Scope scope);
void add_ca_bundle(std::vector<Setting>& settings, std::filesystem::path& to, Scope scope);
void add_list_segments(std::vector<Setting>& settings, TableOptions& to, Scope scope);

/// What no setting can judge alone: a table has a proper name, a region and an endpoint. The error
/// is for the person who starts Picus, and says the way out.
std::expected<void, std::string> check(const TableOptions& options);
/// As above where the items are in DynamoDB.
std::expected<void, std::string> check(const StoreOptions& options);

/// The endpoint's origin: `https://dynamodb.eu-west-1.amazonaws.com`, or what was given.
std::string endpoint_of(const TableOptions& options);

}  // namespace picus::cli
