#include "aws/endpoint.h"

#include <algorithm>
#include <array>

#include "aws/credentials/environment.h"
#include "core/ascii.h"

namespace picus::aws {
namespace {

struct Partition {
  std::string_view prefix;  ///< of its regions
  std::string_view suffix;
  std::string_view dual_stack_suffix;
};

/// The last one is for all other regions.
constexpr auto kPartitions = std::to_array<Partition>({
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
    {"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
    {"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    {"", "amazonaws.com", "api.aws"},
});

/// In GovCloud these are validated without having another name.
bool is_fips_anyway(std::string_view service, std::string_view region, EndpointKind kind) {
  return region.starts_with("us-gov-") && !kind.dual_stack && service != "codedeploy";
}

bool is_on(const Environment& environment, std::string_view name) {
  return equals_ignoring_case(variable(environment, name), "true");
}

}  // namespace

EndpointKind EndpointKind::of(const Environment& environment) {
  return {.fips = is_on(environment, "AWS_USE_FIPS_ENDPOINT"),
          .dual_stack = is_on(environment, "AWS_USE_DUALSTACK_ENDPOINT")};
}

std::string aws_endpoint(std::string_view service, std::string_view region, EndpointKind kind) {
  const Partition& partition = *std::ranges::find_if(
      kPartitions, [&](const Partition& one) { return region.starts_with(one.prefix); });
  std::string origin = "https://";
  origin += service;
  if (kind.fips && !is_fips_anyway(service, region, kind)) origin += "-fips";
  origin.append(".").append(region).append(".");
  return origin.append(kind.dual_stack ? partition.dual_stack_suffix : partition.suffix);
}

}  // namespace picus::aws
