#include "aws/credentials/document.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/credentials/environment.h"
#include "core/time_text.h"
#include "json/member.h"

namespace picus::aws {
namespace {

using picus::json::text_of;

constexpr std::size_t kExcerptChars = 200;

std::string joined(const std::string& code, const std::string& message) {
  return message.empty() ? excerpt(code) : excerpt(code + ": " + message);
}

std::expected<Credentials, std::string> checked(Credentials credentials,
                                                const std::string& expiration) {
  if (credentials.access_key_id.empty()) return std::unexpected("a response without AccessKeyId");
  if (credentials.secret_access_key.empty()) {
    return std::unexpected("a response without SecretAccessKey");
  }
  if (const auto fault =
          fault_of_keys(credentials, {"AccessKeyId", "SecretAccessKey", "the session token"})) {
    return std::unexpected("a response with an unusable value: " + *fault);
  }
  if (!expiration.empty()) {
    credentials.expires = parse_iso8601(expiration);
    if (!credentials.expires) return std::unexpected("an Expiration that is not an ISO 8601 time");
  }
  return credentials;
}

/// What is inside the first such element, as it stands there.
std::string_view inside(std::string_view xml, std::string_view name) {
  const std::string open = "<" + std::string(name) + ">";
  const std::string close = "</" + std::string(name) + ">";
  const std::size_t start = xml.find(open);
  if (start == std::string_view::npos) return {};
  const std::size_t from = start + open.size();
  const std::size_t end = xml.find(close, from);
  return end == std::string_view::npos ? std::string_view() : xml.substr(from, end - from);
}

}  // namespace

std::string excerpt(std::string_view text) {
  std::string out(text.substr(0, kExcerptChars));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

std::expected<Credentials, std::string> parse_credentials_json(std::string_view body) {
  const auto document = picus::json::object_of(body);
  if (!document) return std::unexpected("a response that is not a JSON object");
  const std::string code = text_of(*document, "Code");
  if (!code.empty() && code != "Success") {
    return std::unexpected(joined(code, text_of(*document, "Message")));
  }
  return checked({.access_key_id = text_of(*document, "AccessKeyId"),
                  .secret_access_key = text_of(*document, "SecretAccessKey"),
                  .session_token = text_of(*document, "Token"),
                  .expires = {}},
                 text_of(*document, "Expiration"));
}

std::expected<Credentials, std::string> parse_sts_answer(std::string_view body) {
  const std::string_view credentials = inside(body, "Credentials");
  if (credentials.empty()) return std::unexpected("a response without Credentials");
  return checked({.access_key_id = element_of(credentials, "AccessKeyId"),
                  .secret_access_key = element_of(credentials, "SecretAccessKey"),
                  .session_token = element_of(credentials, "SessionToken"),
                  .expires = {}},
                 element_of(credentials, "Expiration"));
}

std::string element_of(std::string_view xml, std::string_view name) {
  std::string text(inside(xml, name));
  // `&amp;` comes last: what it leaves is text.
  constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
      {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};
  for (const auto& [entity, c] : kEntities) {
    for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos; ++at) {
      text.replace(at, entity.size(), 1, c);
    }
  }
  return text;
}

std::string parse_sts_error(std::string_view body) {
  const std::string code = element_of(body, "Code");
  return code.empty() ? code : joined(code, element_of(body, "Message"));
}

}  // namespace picus::aws
