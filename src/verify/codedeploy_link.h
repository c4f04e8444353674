#pragma once

#include <expected>
#include <memory>
#include <string>

#include "aws/codedeploy_client.h"
#include "config/layers.h"
#include "core/log.h"
#include "net/client/http_pool.h"

namespace picus::verify {

/// How to reach CodeDeploy.
struct CodeDeployOptions {
  std::string region;  ///< AWS_REGION, AWS_DEFAULT_REGION
  /// AWS_ENDPOINT_URL_CODEDEPLOY, AWS_ENDPOINT_URL, or AWS's in the region.
  std::string endpoint;
  std::string ca_bundle;    ///< AWS_CA_BUNDLE; empty: the system's
  Environment environment;  ///< in which credentials are looked up
};

/// The error is for the operator.
std::expected<CodeDeployOptions, std::string> codedeploy_options(const Environment& environment);

/// The CodeDeploy client of this process, with its connections and credentials.
class CodeDeployLink {
 public:
  /// `log` and `tracer` outlive it; nullptr: no spans are recorded. Opens no connection.
  CodeDeployLink(const CodeDeployOptions& options, Log& log, telemetry::Tracer* tracer);

  aws::CodeDeployClient& operator*() { return client_; }

 private:
  net::HttpPool pool_;
  std::unique_ptr<aws::CredentialsSource> credentials_;
  aws::CodeDeployClient client_;
};

}  // namespace picus::verify
