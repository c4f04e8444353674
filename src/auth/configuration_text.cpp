#include <chrono>
#include <string>
#include <utility>

#include "auth/configuration.h"
#include "core/time_text.h"
#include "json/text.h"

namespace picus::auth {
namespace {

std::string hexadecimal(const TokenDigest& digest) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += kHexDigits[byte >> 4U];
    text += kHexDigits[byte & 15U];
  }
  return text;
}

/// Members of one object, on one line or on several.
class ObjectText {
 public:
  void add(std::string_view name, std::string_view value) {
    begin(name);
    json::append_string(text_, value);
  }
  void add_raw(std::string_view name, std::string_view json) {
    begin(name);
    text_ += json;
  }
  [[nodiscard]] std::string text() && { return std::move(text_) + "}"; }

 private:
  void begin(std::string_view name) {
    if (text_.size() > 1) text_ += ", ";
    json::append_string(text_, name);
    text_ += ": ";
  }

  std::string text_ = "{";
};

std::string line_of(const ApiTokenEntry& token, Digests digests, std::chrono::sys_seconds now) {
  ObjectText object;
  object.add("name", token.name);
  if (digests == Digests::shown) object.add("sha256", hexadecimal(token.digest));
  object.add("scopes", token.scopes.text());
  if (token.expires) object.add("expires", iso8601(*token.expires));
  if (digests == Digests::hidden && token.expires && *token.expires <= now) {
    object.add_raw("expired", "true");
  }
  return std::move(object).text();
}

std::string line_of(const IssuerEntry& issuer) {
  ObjectText object;
  object.add("issuer", issuer.issuer);
  if (!issuer.keys.empty()) object.add("keys", issuer.keys);
  std::string audience = "[";
  for (const std::string& name : issuer.audience) {
    if (audience.size() > 1) audience += ", ";
    json::append_string(audience, name);
  }
  object.add_raw("audience", audience + "]");
  object.add("scopes", issuer.trusts_scope_claims ? "token" : "grants");
  ObjectText grants;
  for (const auto& [subject, scopes] : issuer.grants) grants.add(subject, scopes.text());
  object.add_raw("grants", std::move(grants).text());
  return std::move(object).text();
}

std::string line_of(const Revocation& revocation) {
  ObjectText object;
  object.add("issuer", revocation.issuer);
  if (!revocation.subject.empty()) object.add("sub", revocation.subject);
  if (!revocation.token_id.empty()) object.add("jti", revocation.token_id);
  return std::move(object).text();
}

/// Appends an array with one element a line.
template <typename Entry, typename LineOf>
void append_list(std::string& out, std::string_view name, const std::vector<Entry>& entries,
                 LineOf line_of_entry) {
  if (entries.empty()) return;
  out.append(out.size() > 1 ? ",\n \"" : "\n \"").append(name).append("\": [");
  for (const Entry& entry : entries) {
    out.append(&entry == &entries.front() ? "\n  " : ",\n  ").append(line_of_entry(entry));
  }
  out += "\n ]";
}

}  // namespace

std::string text_of(const Configuration& configuration, Digests digests) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::string text = "{";
  append_list(text, "tokens", configuration.tokens,
              [=](const ApiTokenEntry& token) { return line_of(token, digests, now); });
  append_list(text, "issuers", configuration.issuers,
              [](const IssuerEntry& issuer) { return line_of(issuer); });
  append_list(text, "revoked", configuration.revoked,
              [](const Revocation& revocation) { return line_of(revocation); });
  return text + "\n}\n";
}

}  // namespace picus::auth
