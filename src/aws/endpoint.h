#pragma once

#include <string>
#include <string_view>

#include "aws/credentials/provider.h"

namespace picus::aws {

/// Which of a service's endpoints in a region is meant.
struct EndpointKind {
  bool fips = false;        ///< cryptography validated by FIPS 140
  bool dual_stack = false;  ///< IPv6 too

  /// AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT: `true`, in any case of letters.
  static EndpointKind of(const Environment& environment);
};

/// The origin of AWS's endpoint: `https://dynamodb.eu-west-1.amazonaws.com`. `service`: `dynamodb`,
/// `sts`, `codedeploy`. A region that is not known yet is one of its prefix's partition.
std::string aws_endpoint(std::string_view service, std::string_view region, EndpointKind kind);

}  // namespace picus::aws
