#include "cli/token_aws.h"

#include <chrono>
#include <expected>
#include <string>
#include <utility>

#include "aws/credentials/cached_credentials.h"
#include "aws/credentials/provider.h"
#include "aws/web_identity_token.h"
#include "cli/output.h"
#include "core/no_log.h"
#include "core/run.h"

namespace picus::cli {
namespace {

using Made = std::expected<aws::WebIdentityToken, std::string>;

constexpr std::chrono::seconds kStsPatience{20};

asio::awaitable<Made> make(aws::CredentialsSource* credentials, net::HttpPool* pool,
                           aws::WebIdentityRequest request) {
  const auto deadline = std::chrono::steady_clock::now() + kStsPatience;
  co_return co_await aws::get_web_identity_token(pool, credentials, std::move(request), deadline);
}

}  // namespace

ExitCode token_aws(const TokenCommandOptions& options) {
  NoLog log;
  net::HttpPool pool({.ca_bundle = options.ca_bundle});
  aws::CachedCredentials credentials(
      aws::default_credentials(options.environment, options.region, pool, log), log);
  const Made token = run(make(&credentials, &pool,
                              {.endpoint = aws::sts_endpoint(options.environment, options.region),
                               .region = options.region,
                               .audience = options.audience,
                               .lifetime = options.ttl}));
  if (token) return print(token->text + "\n");
  return fail(token.error());
}

}  // namespace picus::cli
