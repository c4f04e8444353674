#include <utility>

#include "aws/credentials/environment.h"
#include "aws/credentials/provider.h"
#include "core/time_text.h"

namespace picus::aws {
namespace {

class EnvironmentCredentials final : public CredentialsProvider {
 public:
  explicit EnvironmentCredentials(const Environment& environment)
      : key_id_(variable(environment, "AWS_ACCESS_KEY_ID")),
        secret_(variable(environment, "AWS_SECRET_ACCESS_KEY")),
        token_(variable(environment, "AWS_SESSION_TOKEN")),
        expiration_(variable(environment, "AWS_CREDENTIAL_EXPIRATION")) {}

  [[nodiscard]] std::string_view name() const override { return "environment"; }

  asio::awaitable<Provided> fetch(std::chrono::steady_clock::time_point) override {
    co_return read();
  }

 private:
  Provided read() const {
    if (key_id_.empty()) return not_configured("AWS_ACCESS_KEY_ID is not set");
    if (secret_.empty()) return failed("AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
    Credentials credentials{.access_key_id = key_id_,
                            .secret_access_key = secret_,
                            .session_token = token_,
                            .expires = {}};
    const auto fault = fault_of_keys(
        credentials, {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"});
    if (fault) return failed(*fault);
    if (!expiration_.empty()) {
      credentials.expires = parse_iso8601(expiration_);
      if (!credentials.expires) return failed("AWS_CREDENTIAL_EXPIRATION is not an ISO 8601 time");
    }
    return credentials;
  }

  std::string key_id_;
  std::string secret_;
  std::string token_;
  std::string expiration_;
};

}  // namespace

std::unique_ptr<CredentialsProvider> environment_credentials(const Environment& environment) {
  return std::make_unique<EnvironmentCredentials>(environment);
}

}  // namespace picus::aws
