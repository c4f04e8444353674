#include <utility>

#include "aws/caller.h"
#include "aws/credentials/document.h"
#include "aws/credentials/environment.h"
#include "aws/credentials/http.h"
#include "aws/credentials/provider.h"
#include "core/ascii.h"
#include "core/files.h"
#include "core/percent_encoding.h"
#include "core/unix_time.h"
#include "net/client/http_url.h"

namespace picus::aws {
namespace {

/// Tells sessions of one role apart in AWS's logs.
std::string new_session_name() {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(unix_time());
  return "picus-" + std::to_string(now.count());
}

class WebIdentityCredentials final : public CredentialsProvider {
 public:
  WebIdentityCredentials(const Environment& environment, net::HttpPool& pool,
                         std::string sts_endpoint, CallMetrics calls)
      : pool_(pool),
        endpoint_(std::move(sts_endpoint)),
        calls_(calls),
        token_file_(variable(environment, "AWS_WEB_IDENTITY_TOKEN_FILE")),
        role_arn_(variable(environment, "AWS_ROLE_ARN")),
        session_name_(variable(environment, "AWS_ROLE_SESSION_NAME")) {
    if (session_name_.empty()) session_name_ = new_session_name();
  }

  [[nodiscard]] std::string_view name() const override { return "web identity"; }

  asio::awaitable<Provided> fetch(std::chrono::steady_clock::time_point deadline) override {
    if (token_file_.empty()) co_return not_configured("AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    if (role_arn_.empty()) {
      co_return failed("AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not");
    }
    const auto url = net::HttpUrl::parse(endpoint_);
    if (!url) co_return failed("the URL of STS is not an http or https URL");
    const auto file = read_file(token_file_, kMaxFileBytes);
    if (!file) co_return failed(file.error());
    const std::string_view token = trimmed(*file);
    if (token.empty()) co_return failed(token_file_ + ": empty");

    Caller sts(kSts, pool_, /*credentials=*/nullptr,
               {.endpoint = url->origin,
                .path = url->target,
                .region = {},
                .attempt_timeout = std::chrono::seconds(5),
                .max_attempts = kMaxAttemptsOfSts,
                .first_delay = std::chrono::milliseconds(200),
                .persistent = true,
                .metrics = calls_},
               /*log=*/nullptr);
    const auto answer = co_await sts.call("AssumeRoleWithWebIdentity", form_with(token), deadline);
    if (!answer) co_return failed(reason_of(answer.error(), url->origin, token));
    auto credentials = parse_sts_answer(answer->body);
    if (!credentials) co_return failed("STS returned " + credentials.error());
    co_return std::move(*credentials);
  }

 private:
  [[nodiscard]] std::string form_with(std::string_view token) const {
    return "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=" +
           percent_encode(role_arn_) + "&RoleSessionName=" + percent_encode(session_name_) +
           "&WebIdentityToken=" + percent_encode(token);
  }

  static std::string reason_of(const CallError& error, const std::string& origin,
                               std::string_view token) {
    if (error.status == 0) return origin + ": " + error.message;
    std::string reason = "STS returned " + std::to_string(error.status);
    const bool shows_token = error.body.find(token) != std::string::npos;
    const std::string words = shows_token ? std::string() : parse_sts_error(error.body);
    return words.empty() ? reason : reason + ", " + words;
  }

  net::HttpPool& pool_;
  std::string endpoint_;
  CallMetrics calls_;
  std::string token_file_;
  std::string role_arn_;
  std::string session_name_;
};

}  // namespace

std::unique_ptr<CredentialsProvider> web_identity_credentials(const Environment& environment,
                                                              net::HttpPool& pool,
                                                              std::string sts_endpoint,
                                                              CallMetrics calls) {
  return std::make_unique<WebIdentityCredentials>(environment, pool, std::move(sts_endpoint),
                                                  calls);
}

}  // namespace picus::aws
