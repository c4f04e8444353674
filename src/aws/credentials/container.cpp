#include <boost/asio/ip/address.hpp>
#include <utility>

#include "aws/credentials/document.h"
#include "aws/credentials/environment.h"
#include "aws/credentials/http.h"
#include "aws/credentials/provider.h"
#include "core/files.h"
#include "net/client/http_url.h"

namespace picus::aws {
namespace {

constexpr std::string_view kEcsOrigin = "http://169.254.170.2";
constexpr Attempts kContainerAttempts{.timeout = std::chrono::seconds(2), .count = 3};

/// Whom the SDKs trust without encryption: this machine, and the agents of ECS and EKS.
bool is_trusted_host(const std::string& host) {
  if (host == "localhost" || host == "169.254.170.2" || host == "169.254.170.23" ||
      host == "fd00:ec2::23") {
    return true;
  }
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

class ContainerCredentials final : public CredentialsProvider {
 public:
  ContainerCredentials(const Environment& environment, net::HttpPool& pool)
      : pool_(pool),
        relative_(variable(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")),
        full_(variable(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI")),
        token_file_(variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")),
        token_(variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN")) {}

  [[nodiscard]] std::string_view name() const override { return "container"; }

  asio::awaitable<Provided> fetch(std::chrono::steady_clock::time_point deadline) override {
    auto request = make_request();
    if (!request) co_return std::unexpected(std::move(request.error()));
    auto answer = co_await ask(&pool_, std::move(*request), kContainerAttempts, deadline);
    if (!answer) co_return failed(std::move(answer.error()));
    if (answer->status != 200) {
      co_return failed("the endpoint returned " + std::to_string(answer->status));
    }
    auto credentials = parse_credentials_json(answer->body);
    if (!credentials) co_return failed(std::move(credentials.error()));
    co_return std::move(*credentials);
  }

 private:
  std::expected<net::HttpRequest, ProviderError> make_request() const {
    if (relative_.empty() && full_.empty()) {
      return not_configured(
          "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI "
          "is set");
    }
    const auto url =
        net::HttpUrl::parse(relative_.empty() ? full_ : std::string(kEcsOrigin) + relative_);
    if (!url || (!relative_.empty() && url->origin != kEcsOrigin)) {
      return failed(relative_.empty()
                        ? "AWS_CONTAINER_CREDENTIALS_FULL_URI is not an http or https URL"
                        : "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path");
    }
    if (!url->tls && !is_trusted_host(url->host)) {
      return failed(
          "AWS_CONTAINER_CREDENTIALS_FULL_URI must be an https URL, or have a loopback address or "
          "one of 169.254.170.2, 169.254.170.23 and [fd00:ec2::23]");
    }
    auto token = authorization();
    if (!token) return failed(std::move(token.error()));
    net::HttpRequest request{.origin = url->origin,
                             .method = "GET",
                             .target = url->target,
                             .headers = {{"Accept", "application/json"}},
                             .body = {}};
    if (!token->empty()) request.headers.push_back({"Authorization", std::move(*token)});
    return request;
  }

  std::expected<std::string, std::string> authorization() const {
    std::string token = token_;
    if (!token_file_.empty()) {
      auto text = read_file(token_file_, kMaxFileBytes);
      if (!text) return std::unexpected(std::move(text.error()));
      token = std::move(*text);
    }
    if (token.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return std::unexpected("the authorization token contains a line end");
    }
    return token;
  }

  net::HttpPool& pool_;
  std::string relative_;
  std::string full_;
  std::string token_file_;
  std::string token_;
};

}  // namespace

std::unique_ptr<CredentialsProvider> container_credentials(const Environment& environment,
                                                           net::HttpPool& pool) {
  return std::make_unique<ContainerCredentials>(environment, pool);
}

}  // namespace picus::aws
