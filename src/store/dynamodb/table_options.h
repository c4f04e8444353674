#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "aws/credentials/provider.h"

namespace picus {

namespace telemetry {
class Tracer;
}

/// What options have, and stores, where nothing else is given.
inline constexpr const char* kDefaultKeyAttribute = "id";
inline constexpr std::size_t kDefaultListSegments = 4;

/// A DynamoDB table, and how to reach it.
struct TableOptions {
  std::string name;
  std::string region;
  /// Empty: AWS's in the region.
  std::string endpoint_url;
  std::string key_attribute = kDefaultKeyAttribute;
  /// Trusted certificates (PEM); empty: the system's.
  std::filesystem::path ca_bundle;
  /// Number of parallel scans.
  std::size_t list_segments = kDefaultListSegments;
  /// The environment in which credentials are looked up.
  aws::Environment environment;
  /// Takes the spans of calls; nullptr: none. Outlives the clients of the table.
  telemetry::Tracer* tracer = nullptr;
};

/// The endpoint's origin: `https://dynamodb.eu-west-1.amazonaws.com`, or that of the options.
std::string endpoint_of(const TableOptions& options);

}  // namespace picus
