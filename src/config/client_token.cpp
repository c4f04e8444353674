#include "config/client_token.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "aws/credentials/cached_credentials.h"
#include "aws/credentials/environment.h"
#include "aws/web_identity_token.h"
#include "core/files.h"
#include "core/no_log.h"
#include "net/address.h"
#include "net/client/server_url.h"

namespace picus {
namespace {

using Text = std::expected<std::string, std::string>;

constexpr std::chrono::seconds kPatience{20};

/// The text of a file or a variable, which must be a token.
Text checked(std::string text, const std::string& origin) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  const auto is_visible = [](char c) { return c > ' ' && c <= '~'; };
  if (!text.empty() && std::ranges::all_of(text, is_visible)) return text;
  return std::unexpected(origin + ": not a token: one line of visible ASCII is expected");
}

Text read_token(const std::filesystem::path& file) {
  constexpr std::size_t kMost = 16UZ * 1024;
  auto text = read_file_or_pipe(file, kMost);
  if (!text) return std::unexpected("--token-file: " + text.error());
  return checked(std::move(*text), "--token-file: " + file.string());
}

/// Whether it can be read only once: a pipe, as in `--token-file <(command)`.
bool is_read_once(const std::filesystem::path& file) {
  std::error_code ignored;
  const auto status = std::filesystem::status(file, ignored);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

/// The token of a file or a variable.
Text given_token(const ClientToken& token) {
  return token.file.empty() ? checked(token.text, std::string(kTokenVariable))
                            : read_token(token.file);
}

}  // namespace

void add_client_token(std::vector<Setting>& settings, ClientToken& to, Scope scope) {
  settings.push_back(
      {.name = "token-file",
       .value = file(to.file),
       .help = "File with the token for the server. It is read for each request. "
               "The variable PICUS_TOKEN has the token itself instead of a file.",
       .scope = scope,
       .look = [&to](const Environment& environment) { take_variable(environment, to); }});
  settings.push_back(
      {.name = "token",
       .value = choice(to.maker, {{"aws", ClientToken::Maker::aws}}),
       .help =
           "Source of the token instead of a file: aws requests tokens from AWS STS with the AWS "
           "credentials, in the region of AWS_REGION, and renews them.",
       .scope = Scope::flag});
  settings.push_back({.name = "audience",
                      .value = text(to.audience, "AUDIENCE"),
                      .help = "Audience of the tokens of --token aws: one that the configuration "
                              "of the server accepts.",
                      .scope = Scope::flag});
  settings.push_back({.name = "insecure-http",
                      .value = switched(to.insecure_http),
                      .help = "Allow sending the token to another machine over plain HTTP, "
                              "although others on the network can read it.",
                      .scope = Scope::flag});
}

void take_variable(const Environment& environment, ClientToken& to) {
  const auto found = environment.find(kTokenVariable);
  if (found != environment.end()) to.text = found->second;
  to.environment = environment;
}

std::string region_in(const Environment& environment) {
  return aws::first_variable(environment, {"AWS_REGION", "AWS_DEFAULT_REGION"});
}

std::expected<void, std::string> check(const ClientToken& token, const std::string& url) {
  const bool is_made = token.maker != ClientToken::Maker::none;
  if (!token.file.empty() && !token.text.empty()) {
    return std::unexpected("--token-file or PICUS_TOKEN, not both");
  }
  if (is_made && (!token.file.empty() || !token.text.empty())) {
    return std::unexpected("--token aws, --token-file or PICUS_TOKEN, not two of them");
  }
  if (!token.is_given()) return {};
  if (is_made && region_in(token.environment).empty()) {
    return std::unexpected("--token aws needs a region: set AWS_REGION");
  }
  if (!is_made && !is_read_once(token.file)) {
    if (const auto usable = given_token(token); !usable) return std::unexpected(usable.error());
  }
  const auto server = net::ServerUrl::parse(url);
  // If it is not the URL of a server, the error comes from the connection.
  if (token.insecure_http || !server || server->tls) return {};
  const auto literal = server->literal_address();
  if (literal && net::is_local(*literal).value_or(false)) return {};
  return std::unexpected(
      "the token would be sent unencrypted: give an https URL, or --insecure-http to allow it");
}

/// Requests tokens, and keeps the last one.
struct Authorization::Maker {
  explicit Maker(const ClientToken& token)
      : request({.endpoint = aws::sts_endpoint(token.environment, region_in(token.environment)),
                 .region = region_in(token.environment),
                 .audience = token.audience}),
        pool({.ca_bundle = aws::variable(token.environment, "AWS_CA_BUNDLE")}),
        credentials(aws::default_credentials(token.environment, request.region, pool, log), log) {}

  asio::awaitable<Text> token() {
    using std::chrono::system_clock;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    if (system_clock::now() < renew_at) co_return last.text;
    auto made = co_await aws::get_web_identity_token(&pool, &credentials, request, deadline);
    if (!made) co_return std::unexpected("--token aws: " + made.error());
    last = std::move(*made);
    renew_at = system_clock::now() + (last.expires - system_clock::now()) / 2;
    co_return last.text;
  }

  aws::WebIdentityRequest request;
  NoLog log;
  net::HttpPool pool;
  aws::CachedCredentials credentials;
  aws::WebIdentityToken last;
  std::chrono::system_clock::time_point renew_at;
};

Authorization::Authorization(ClientToken token) : token_(std::move(token)) {
  if (token_.maker == ClientToken::Maker::aws) maker_ = std::make_unique<Maker>(token_);
}

Authorization::~Authorization() = default;

asio::awaitable<Authorization::Value> Authorization::value() {
  if (!token_.is_given()) co_return std::nullopt;
  Text token;
  if (maker_) {
    token = co_await maker_->token();
  } else if (!piped_.empty()) {
    token = piped_;
  } else {
    token = given_token(token_);
    if (token && is_read_once(token_.file)) piped_ = *token;
  }
  if (!token) co_return std::unexpected(token.error());
  co_return "Bearer " + *token;
}

}  // namespace picus
