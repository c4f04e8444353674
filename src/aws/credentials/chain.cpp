#include <utility>

#include "aws/credentials/environment.h"
#include "aws/credentials/provider.h"
#include "aws/endpoint.h"
#include "core/log.h"

namespace picus::aws {
namespace {

class CredentialsChain final : public CredentialsProvider {
 public:
  CredentialsChain(std::vector<std::unique_ptr<CredentialsProvider>> providers, Log& log)
      : providers_(std::move(providers)), log_(log) {}

  [[nodiscard]] std::string_view name() const override { return "chain"; }

  asio::awaitable<Provided> fetch(std::chrono::steady_clock::time_point deadline) override {
    std::string reasons;
    for (const auto& provider : providers_) {
      auto provided = co_await provider->fetch(deadline);
      if (provided) {
        log_.write(Level::info, "credentials-fetched", {{"provider", provider->name()}});
        co_return provided;
      }
      if (!reasons.empty()) reasons += "; ";
      reasons.append(provider->name()).append(": ").append(provided.error().reason);
      if (provided.error().configured) co_return failed(std::move(reasons));
    }
    co_return not_configured(std::move(reasons));
  }

 private:
  std::vector<std::unique_ptr<CredentialsProvider>> providers_;
  Log& log_;
};

}  // namespace

std::unique_ptr<CredentialsProvider> chain_of(
    std::vector<std::unique_ptr<CredentialsProvider>> providers, Log& log) {
  return std::make_unique<CredentialsChain>(std::move(providers), log);
}

std::string sts_endpoint(const Environment& environment, std::string_view region) {
  std::string own = first_variable(environment, {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"});
  if (!own.empty()) return own;
  if (region.empty()) return "https://sts.amazonaws.com";
  return aws_endpoint("sts", region, EndpointKind::of(environment));
}

std::unique_ptr<CredentialsProvider> default_credentials(const Environment& environment,
                                                         std::string_view region,
                                                         net::HttpPool& pool, Log& log,
                                                         CallMetrics sts_calls) {
  const std::string sts = sts_endpoint(environment, region);
  std::vector<std::unique_ptr<CredentialsProvider>> providers;
  providers.push_back(environment_credentials(environment));
  providers.push_back(profile_credentials(environment, pool, sts, sts_calls));
  providers.push_back(web_identity_credentials(environment, pool, sts, sts_calls));
  providers.push_back(container_credentials(environment, pool));
  providers.push_back(instance_credentials(environment, pool));
  return chain_of(std::move(providers), log);
}

}  // namespace picus::aws
