#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "aws/credentials/provider.h"

namespace picus {

/// Where spans are sent, and which.
struct OtlpOptions {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::string url;  ///< `https://host/v1/traces`; empty: no spans are recorded
  double ratio = 0.05;
  Pairs headers = {};               ///< of each request
  Pairs resource = {};              ///< attributes of this process
  std::string region = {};          ///< requests are signed for X-Ray in it; empty: not signed
  std::string span_name = {};       ///< of all requests; empty: method and route
  std::filesystem::path ca_bundle;  ///< trusted certificates (PEM); empty: the system's
  aws::Environment environment;     ///< in which credentials are looked up

  [[nodiscard]] bool is_on() const { return !url.empty(); }
};

}  // namespace picus
