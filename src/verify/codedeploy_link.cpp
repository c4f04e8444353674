#include "verify/codedeploy_link.h"

#include "aws/credentials/cached_credentials.h"
#include "aws/credentials/environment.h"
#include "aws/endpoint.h"
#include "core/escaped.h"
#include "net/client/server_url.h"

namespace picus::verify {

namespace {

net::HttpPool::Options pool_options(const CodeDeployOptions& options) {
  net::HttpPool::Options pool;
  pool.ca_bundle = options.ca_bundle;
  return pool;
}

}  // namespace

std::expected<CodeDeployOptions, std::string> codedeploy_options(const Environment& environment) {
  CodeDeployOptions options;
  options.region = aws::first_variable(environment, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  if (options.region.empty()) return std::unexpected("there is no region: set AWS_REGION");
  options.endpoint =
      aws::first_variable(environment, {"AWS_ENDPOINT_URL_CODEDEPLOY", "AWS_ENDPOINT_URL"});
  if (options.endpoint.empty()) {
    options.endpoint =
        aws::aws_endpoint("codedeploy", options.region, aws::EndpointKind::of(environment));
  }
  if (!net::ServerUrl::parse(options.endpoint)) {
    return std::unexpected("the endpoint \"" + without_userinfo(options.endpoint) +
                           "\" is not allowed: give https://HOST[:PORT] or http://HOST[:PORT]");
  }
  options.ca_bundle = aws::variable(environment, "AWS_CA_BUNDLE");
  options.environment = environment;
  return options;
}

CodeDeployLink::CodeDeployLink(const CodeDeployOptions& options, Log& log,
                               telemetry::Tracer* tracer)
    : pool_(pool_options(options)),
      credentials_(std::make_unique<aws::CachedCredentials>(
          aws::default_credentials(options.environment, options.region, pool_, log), log)),
      client_(pool_, *credentials_,
              {.endpoint = options.endpoint, .region = options.region, .tracer = tracer}, log) {}

}  // namespace picus::verify
