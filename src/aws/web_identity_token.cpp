#include "aws/web_identity_token.h"

#include <algorithm>
#include <utility>

#include "aws/caller.h"
#include "aws/credentials/document.h"
#include "aws/credentials/http.h"
#include "core/concat.h"
#include "core/percent_encoding.h"
#include "core/time_text.h"
#include "net/client/http_url.h"

namespace picus::aws {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

seconds lifetime_of(const WebIdentityRequest& request, const Credentials& credentials) {
  if (request.lifetime) return *request.lifetime;
  if (!credentials.expires) return WebIdentityRequest::kUsual;
  const auto left = std::chrono::floor<seconds>(*credentials.expires - system_clock::now());
  return std::clamp(left, WebIdentityRequest::kShortest, WebIdentityRequest::kUsual);
}

std::string form_of(const WebIdentityRequest& request, seconds lifetime) {
  return concat("Action=GetWebIdentityToken&Version=2011-06-15&Audience.member.1=",
                percent_encode(request.audience), "&DurationSeconds=", lifetime.count(),
                "&SigningAlgorithm=RS256");
}

std::string fault_of(const CallError& error, const std::string& endpoint) {
  if (error.status == 0) return endpoint + ": " + error.message;
  if (error.advice.empty()) return concat("STS returned ", error.status, ", ", error.text());
  return concat(error.advice, " (STS returned ", error.text(), ")");
}

std::expected<WebIdentityToken, std::string> token_in(const std::string& body) {
  WebIdentityToken token{.text = element_of(body, "WebIdentityToken"), .expires = {}};
  const auto is_visible = [](char c) { return c > ' ' && c <= '~'; };
  if (token.text.empty() || !std::ranges::all_of(token.text, is_visible)) {
    return std::unexpected("STS returned a response without WebIdentityToken");
  }
  const auto expires = parse_iso8601(element_of(body, "Expiration"));
  if (!expires) return std::unexpected("STS returned an Expiration that is not an ISO 8601 time");
  token.expires = *expires;
  return token;
}

}  // namespace

asio::awaitable<std::expected<WebIdentityToken, std::string>> get_web_identity_token(
    net::HttpPool* pool, CredentialsSource* credentials, WebIdentityRequest request,
    std::chrono::steady_clock::time_point deadline) {
  const auto url = net::HttpUrl::parse(request.endpoint);
  if (!url) co_return std::unexpected("the URL of STS is not an http or https URL");
  const auto used = co_await credentials->get(deadline);
  if (!used) co_return std::unexpected(used.error().detail());
  Caller sts(kSts, *pool, credentials,
             {.endpoint = url->origin,
              .path = url->target,
              .region = request.region,
              .attempt_timeout = seconds(5),
              .max_attempts = kMaxAttemptsOfSts},
             /*log=*/nullptr);
  const auto answer = co_await sts.call("GetWebIdentityToken",
                                        form_of(request, lifetime_of(request, **used)), deadline);
  if (!answer) co_return std::unexpected(fault_of(answer.error(), url->origin));
  co_return token_in(answer->body);
}

}  // namespace picus::aws
