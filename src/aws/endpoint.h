#pragma once

#include <string>
#include <string_view>

#include "aws/credentials/provider.h"

namespace picus::aws {

/// The variant of the endpoint of a service in a region.
struct EndpointKind {
  bool fips = false;        ///< cryptography validated by FIPS 140
  bool dual_stack = false;  ///< with IPv6

  /// AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT: `true`, in any case.
  static EndpointKind of(const Environment& environment);
};

/// The origin of the endpoint of AWS: `https://dynamodb.eu-west-1.amazonaws.com`. `service`:
/// `dynamodb`, `sts`, `codedeploy`. An unknown region belongs to the partition of its prefix.
std::string aws_endpoint(std::string_view service, std::string_view region, EndpointKind kind);

}  // namespace picus::aws
