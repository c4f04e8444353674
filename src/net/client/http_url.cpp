#include "net/client/http_url.h"

#include <algorithm>
#include <utility>

#include "net/client/server_url.h"

namespace picus::net {

namespace {

bool is_allowed(char c) {
  return c > ' ' && c <= '~' && c != '#' && c != '"' && c != '<' && c != '>' && c != '\\';
}

}  // namespace

std::optional<HttpUrl> HttpUrl::parse(std::string_view text) {
  constexpr std::string_view kBeforeHost = "://";
  const std::size_t scheme_end = text.find(kBeforeHost);
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::size_t end =
      std::min(text.find_first_of("/?#", scheme_end + kBeforeHost.size()), text.size());
  HttpUrl url{.origin = std::string(text.substr(0, end)),
              .host = {},
              .target = std::string(text.substr(end))};
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
  auto server = ServerUrl::parse(url.origin);
  if (!server || !std::ranges::all_of(url.target, is_allowed)) return std::nullopt;
  url.tls = server->tls;
  url.host = std::move(server->host);
  return url;
}

}  // namespace picus::net
