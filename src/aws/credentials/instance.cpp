#include <random>
#include <utility>

#include "aws/credentials/document.h"
#include "aws/credentials/environment.h"
#include "aws/credentials/http.h"
#include "aws/credentials/provider.h"
#include "core/ascii.h"
#include "core/concat.h"
#include "net/client/http_url.h"

namespace picus::aws {
namespace {

constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";
constexpr Attempts kInstanceAttempts{.timeout = std::chrono::seconds(1), .count = 1};

/// For how long ones that have expired are used on: past the window in which they are refreshed,
/// and not the same for all instances.
constexpr std::chrono::minutes kExtension{15};
constexpr int kMinExtraSeconds = 120;
constexpr int kMaxExtraSeconds = 600;

using Deadline = std::chrono::steady_clock::time_point;
using Told = std::expected<std::string, std::string>;

void extend_if_expired(Credentials& credentials) {
  const auto now = std::chrono::system_clock::now();
  if (!credentials.expires || *credentials.expires > now) return;
  std::random_device source;
  std::uniform_int_distribution<int> extra(kMinExtraSeconds, kMaxExtraSeconds);
  credentials.expires = now + kExtension + std::chrono::seconds(extra(source));
}

bool is_role_name(std::string_view text) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@-_";
  return !text.empty() && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

/// An origin of one's own, or that of the address family asked for.
std::string endpoint(const Environment& environment) {
  std::string own = variable(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (!own.empty()) return own;
  const std::string mode = variable(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
  return equals_ignoring_case(mode, "IPv6") ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
}

class InstanceCredentials final : public CredentialsProvider {
 public:
  InstanceCredentials(const Environment& environment, net::HttpPool& pool)
      : pool_(pool),
        disabled_(equals_ignoring_case(variable(environment, "AWS_EC2_METADATA_DISABLED"), "true")),
        url_(net::HttpUrl::parse(endpoint(environment))) {}

  [[nodiscard]] std::string_view name() const override { return "instance metadata"; }

  asio::awaitable<Provided> fetch(Deadline deadline) override {
    if (disabled_) co_return not_configured("AWS_EC2_METADATA_DISABLED is set");
    if (!url_) co_return failed("AWS_EC2_METADATA_SERVICE_ENDPOINT is not an http or https URL");
    auto token = co_await session_token(deadline);
    if (!token) co_return failed(std::move(token.error()));
    auto role = co_await metadata(std::string(kRoles), *token, deadline);
    if (!role) co_return failed(std::move(role.error()));
    role->resize(std::min(role->find_first_of("\r\n"), role->size()));
    if (!is_role_name(*role)) co_return failed("the instance has no role");
    const auto document = co_await metadata(std::string(kRoles) + *role, *token, deadline);
    if (!document) co_return failed(document.error());
    auto credentials = parse_credentials_json(*document);
    if (!credentials) co_return failed(std::move(credentials.error()));
    extend_if_expired(*credentials);
    co_return std::move(*credentials);
  }

 private:
  asio::awaitable<Told> session_token(Deadline deadline) {
    net::HttpRequest request{.origin = url_->origin,
                             .method = "PUT",
                             .target = target("/latest/api/token"),
                             .headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}},
                             .body = {}};
    auto answer = co_await ask(&pool_, std::move(request), kInstanceAttempts, deadline);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    if (answer->status != 200) {
      co_return std::unexpected(concat("no session token, the endpoint returned ", answer->status,
                                       " (version 2 is needed)"));
    }
    if (answer->body.empty() ||
        answer->body.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      co_return std::unexpected("a session token that cannot be sent");
    }
    co_return std::move(answer->body);
  }

  asio::awaitable<Told> metadata(std::string path, std::string token, Deadline deadline) {
    net::HttpRequest request{.origin = url_->origin,
                             .method = "GET",
                             .target = target(path),
                             .headers = {{"X-aws-ec2-metadata-token", std::move(token)}},
                             .body = {}};
    auto answer = co_await ask(&pool_, std::move(request), kInstanceAttempts, deadline);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    if (answer->status == 404) co_return std::unexpected("the instance has no role");
    if (answer->status != 200) {
      co_return std::unexpected("the endpoint returned " + std::to_string(answer->status));
    }
    co_return std::move(answer->body);
  }

  /// The endpoint may have a path of its own.
  [[nodiscard]] std::string target(std::string_view path) const {
    std::string text = url_->target;
    while (text.ends_with('/')) text.pop_back();
    return text.append(path);
  }

  net::HttpPool& pool_;
  bool disabled_;
  std::optional<net::HttpUrl> url_;
};

}  // namespace

std::unique_ptr<CredentialsProvider> instance_credentials(const Environment& environment,
                                                          net::HttpPool& pool) {
  return std::make_unique<InstanceCredentials>(environment, pool);
}

}  // namespace picus::aws
