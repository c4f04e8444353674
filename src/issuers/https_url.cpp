#include "issuers/https_url.h"

#include <algorithm>

#include "net/client/server_url.h"

namespace picus::issuers {
namespace {

constexpr std::string_view kScheme = "https://";

bool is_target(std::string_view text) {
  return text.starts_with('/') && std::ranges::all_of(text, [](char c) {
           return c > ' ' && c <= '~' && c != '#' && c != '"' && c != '<' && c != '>' && c != '\\';
         });
}

}  // namespace

std::optional<HttpsUrl> HttpsUrl::parse(std::string_view text) {
  if (!text.starts_with(kScheme)) return std::nullopt;
  const std::size_t end = std::min(text.find_first_of("/?#", kScheme.size()), text.size());
  HttpsUrl url{.origin = std::string(text.substr(0, end)), .target = std::string(text.substr(end))};
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
  if (!net::ServerUrl::parse(url.origin) || !is_target(url.target)) return std::nullopt;
  return url;
}

}  // namespace picus::issuers
