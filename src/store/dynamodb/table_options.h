#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "aws/credentials/provider.h"

namespace picus {

/// A DynamoDB table, and how it is reached.
struct TableOptions {
  std::string name;
  std::string region;
  /// Empty: AWS's of the region.
  std::string endpoint_url;
  std::string key_attribute;
  /// PEM; empty: the system's.
  std::filesystem::path ca_bundle;
  /// Scans side by side.
  std::size_t list_segments = 4;
  /// Where credentials are looked for.
  aws::Environment environment;
};

/// The endpoint's origin: `https://dynamodb.eu-west-1.amazonaws.com`, or what was given.
std::string endpoint_of(const TableOptions& options);

}  // namespace picus
