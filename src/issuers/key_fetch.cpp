#include "issuers/key_fetch.h"

#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "auth/document.h"
#include "core/concat.h"
#include "issuers/freshness.h"
#include "net/client/http_url.h"

namespace picus::issuers {
namespace {

using Clock = std::chrono::steady_clock;
using Document = std::expected<net::HttpResponse, std::string>;

constexpr std::chrono::seconds kTimeout{2};
constexpr std::size_t kMaxDiscoveryDepth = 8;

std::optional<net::HttpUrl> https_url(std::string_view text) {
  auto url = net::HttpUrl::parse(text);
  return url && url->tls ? std::move(url) : std::nullopt;
}

std::string discovery_url(std::string issuer) {
  if (issuer.ends_with('/')) issuer.pop_back();
  return issuer + "/.well-known/openid-configuration";
}

/// Fetches are minutes apart: each has a connection of its own.
asio::awaitable<Document> get(net::HttpPool* pool, std::string url) {
  const auto parts = https_url(url);
  if (!parts) co_return std::unexpected(url + ": not an https URL");
  net::HttpRequest request{.origin = parts->origin,
                           .method = "GET",
                           .target = parts->target,
                           .headers = {{"Accept", "application/json"}, {"Connection", "close"}},
                           .body = {},
                           .dial_anew = true};
  auto response = co_await pool->send(std::move(request), Clock::now() + kTimeout);
  if (!response) co_return std::unexpected(concat(url, ": ", response.error().message));
  if (response->status != 200) {
    co_return std::unexpected(concat(url, ": status ", response->status));
  }
  co_return std::move(*response);
}

/// The URL of the keys in a discovery document.
std::expected<std::string, std::string> keys_url_in(std::string_view text,
                                                    const std::string& issuer) {
  const auto document = auth::parse_document(text, kMaxDiscoveryDepth);
  if (!document) return std::unexpected(document.error());
  const auto* const members = document->if_object();
  if (members == nullptr) return std::unexpected("not an object");
  if (auth::text_member(*members, "issuer") != issuer) {
    return std::unexpected("it is the document of another issuer");
  }
  std::string url(auth::text_member(*members, "jwks_uri"));
  if (!https_url(url)) return std::unexpected("jwks_uri is not an https URL");
  return url;
}

}  // namespace

std::string fault_of(const KeyLocation& location) {
  if (location.keys.empty()) {
    if (https_url(discovery_url(location.issuer))) return {};
    return "without it, issuer must be an https URL, which has the discovery document";
  }
  return https_url(location.keys) ? std::string() : "not an https URL";
}

asio::awaitable<std::expected<FetchedKeys, std::string>> fetch_keys(net::HttpPool* pool,
                                                                    KeyLocation location) {
  std::string url = location.keys;
  if (url.empty()) {
    const std::string discovery = discovery_url(location.issuer);
    const auto document = co_await get(pool, discovery);
    if (!document) co_return std::unexpected(document.error());
    auto found = keys_url_in(document->body, location.issuer);
    if (!found) co_return std::unexpected(concat(discovery, ": ", found.error()));
    url = std::move(*found);
  }
  auto response = co_await get(pool, url);
  if (!response) co_return std::unexpected(response.error());
  auto keys = auth::KeySet::parse(response->body);
  if (!keys) co_return std::unexpected(concat(url, ": ", keys.error()));
  const auto fresh = freshness_of(response->header("cache-control"), response->header("age"));
  FetchedKeys fetched{.keys = std::move(*keys), .text = std::move(response->body), .fresh = fresh};
  co_return fetched;
}

}  // namespace picus::issuers
