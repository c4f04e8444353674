#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/call_metrics.h"
#include "aws/credentials/credentials.h"

namespace picus {
class Log;
namespace net {
class HttpPool;
}
}  // namespace picus

namespace picus::aws {

/// Variables of the environment. An empty variable counts as not set.
using Environment = std::map<std::string, std::string, std::less<>>;

/// Why a provider returned no credentials.
struct ProviderError {
  bool configured;     ///< false: this provider is not configured; try the next one
  std::string reason;  ///< for the log; never contains a secret
};

using Provided = std::expected<Credentials, ProviderError>;

/// One source of credentials. Not thread-safe; may block the thread on small files.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;

  /// Fetches credentials; caches nothing between calls. Returns by the deadline.
  virtual asio::awaitable<Provided> fetch(std::chrono::steady_clock::time_point deadline) = 0;
};

// The providers. Their comments list the variables that they read; a `pool` outlives them.

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION.
std::unique_ptr<CredentialsProvider> environment_credentials(const Environment& environment);

/// The shared credentials and config files: AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE,
/// AWS_CONFIG_FILE, HOME. Keys, and web_identity_token_file with role_arn; a profile that needs the
/// credentials of another role, a process or a login is refused with that reason. `sts_endpoint`:
/// and `calls`: see web_identity_credentials().
std::unique_ptr<CredentialsProvider> profile_credentials(const Environment& environment,
                                                         net::HttpPool& pool,
                                                         std::string sts_endpoint,
                                                         CallMetrics calls = {});

/// STS AssumeRoleWithWebIdentity: AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME.
/// The file is read at each fetch. `calls`: counts those to STS.
std::unique_ptr<CredentialsProvider> web_identity_credentials(const Environment& environment,
                                                              net::HttpPool& pool,
                                                              std::string sts_endpoint,
                                                              CallMetrics calls = {});

/// ECS, EKS Pod Identity, Lambda SnapStart: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI,
/// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (read at each fetch) or
/// AWS_CONTAINER_AUTHORIZATION_TOKEN.
std::unique_ptr<CredentialsProvider> container_credentials(const Environment& environment,
                                                           net::HttpPool& pool);

/// The instance metadata of EC2, only version 2: AWS_EC2_METADATA_DISABLED,
/// AWS_EC2_METADATA_SERVICE_ENDPOINT, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE. Expired credentials
/// that it returns are used and fetched again: EC2 may be late with new ones, and the services
/// decide.
std::unique_ptr<CredentialsProvider> instance_credentials(const Environment& environment,
                                                          net::HttpPool& pool);

/// The first provider that is configured; if it fails, no other identity is used instead. The
/// reason then has the reasons of all providers. `log` outlives it.
std::unique_ptr<CredentialsProvider> chain_of(
    std::vector<std::unique_ptr<CredentialsProvider>> providers, Log& log);

/// AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, or AWS's in the region; `region` may be empty.
std::string sts_endpoint(const Environment& environment, std::string_view region);

/// All providers in the order of the SDKs: environment, profile, web identity, container, instance.
/// `sts_calls`: counts those to STS.
std::unique_ptr<CredentialsProvider> default_credentials(const Environment& environment,
                                                         std::string_view region,
                                                         net::HttpPool& pool, Log& log,
                                                         CallMetrics sts_calls = {});

}  // namespace picus::aws
