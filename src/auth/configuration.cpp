#include "auth/configuration.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <initializer_list>
#include <utility>

#include "auth/document.h"
#include "core/concat.h"
#include "core/time_text.h"

namespace picus::auth {
namespace {

constexpr std::size_t kMaxConfigurationDepth = 8;
constexpr std::size_t kMaxTokenNameBytes = 64;
constexpr std::size_t kMaxTextBytes = 1024;

/// The first fault that was found, with its place.
class Fault {
 public:
  /// Always false.
  bool at(const std::string& place, std::string_view what) {
    if (text_.empty()) text_ = place.empty() ? std::string(what) : place + ": " + std::string(what);
    return false;
  }
  [[nodiscard]] bool found() const { return !text_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

bool is_line(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTextBytes &&
         std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; });
}

/// An object of the configuration, whose names are known beforehand.
class Members {
 public:
  Members(const boost::json::value& value, std::string place,
          std::initializer_list<std::string_view> names, Fault& fault)
      : object_(value.if_object()), place_(std::move(place)), fault_(fault) {
    if (object_ == nullptr) {
      fault_.at(place_, "expected an object");
      return;
    }
    for (const auto& member : *object_) {
      if (std::ranges::find(names, std::string_view(member.key())) == names.end()) {
        fault_.at(place_, unknown(member.key(), names));
      }
    }
  }

  [[nodiscard]] std::string place(std::string_view name) const {
    return place_.empty() ? std::string(name) : place_ + "." + std::string(name);
  }

  /// Null where it is not there.
  [[nodiscard]] const boost::json::value* find(std::string_view name) const {
    return object_ == nullptr ? nullptr : object_->if_contains(name);
  }

  /// A text that has to be there.
  [[nodiscard]] std::string text(std::string_view name) const {
    const boost::json::value* const value = find(name);
    if (value == nullptr) {
      fault_.at(place(name), "is missing");
      return {};
    }
    return text(name, *value);
  }

  /// A text that may be missing: empty then.
  [[nodiscard]] std::string optional_text(std::string_view name) const {
    const boost::json::value* const value = find(name);
    return value == nullptr ? std::string() : text(name, *value);
  }

  /// The elements of an array that may be missing.
  [[nodiscard]] boost::json::array elements(std::string_view name) const {
    const boost::json::value* const value = find(name);
    if (value == nullptr) return {};
    if (const auto* const array = value->if_array()) return *array;
    fault_.at(place(name), "expected an array");
    return {};
  }

 private:
  static std::string unknown(std::string_view name, std::initializer_list<std::string_view> names) {
    std::string text = "unknown member";
    // What stands in the place of a name may be a secret.
    if (name.size() <= 32 && is_token_name(name)) text.append(" ").append(name);
    text += "; expected";
    for (const std::string_view known : names) {
      text.append(known == *names.begin() ? " " : ", ").append(known);
    }
    return text;
  }

  [[nodiscard]] std::string text(std::string_view name, const boost::json::value& value) const {
    const auto text = as_text(value);
    if (text && is_line(*text)) return std::string(*text);
    fault_.at(place(name), concat("expected a string of 1 to ", kMaxTextBytes,
                                  " bytes without control characters"));
    return {};
  }

  const boost::json::object* object_;
  std::string place_;
  Fault& fault_;
};

std::string element(std::string_view name, std::size_t index) {
  return concat(name, "[", index, "]");
}

std::optional<TokenDigest> parse_digest(std::string_view text) {
  TokenDigest digest{};
  const bool is_hexadecimal = text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (text.size() != 2 * digest.size() || !is_hexadecimal) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const char* const pair = text.data() + 2 * i;
    std::from_chars(pair, pair + 2, digest[i], 16);
  }
  return digest;
}

Scopes scopes_of(std::string_view text, const std::string& place, Fault& fault) {
  const auto scopes = Scopes::parse(text);
  if (!scopes) fault.at(place, scopes.error());
  return scopes.value_or(Scopes());
}

ApiTokenEntry token_of(const boost::json::value& value, const std::string& place, Fault& fault) {
  const Members members(value, place, {"name", "sha256", "scopes", "expires"}, fault);
  ApiTokenEntry token{.name = members.text("name"), .scopes = {}, .expires = {}};
  if (!is_token_name(token.name)) {
    fault.at(members.place("name"), "expected 1 to 64 characters of A-Z a-z 0-9 . _ @ -");
  }
  const auto digest = parse_digest(members.text("sha256"));
  if (digest) token.digest = *digest;
  if (!digest) {
    fault.at(members.place("sha256"), "expected the SHA-256 of a token in 64 characters 0-9 a-f");
  }
  token.scopes = scopes_of(members.text("scopes"), members.place("scopes"), fault);
  if (const std::string expires = members.optional_text("expires"); !expires.empty()) {
    const auto time = parse_iso8601(expires);
    if (!time) fault.at(members.place("expires"), "expected a time as in 2027-01-31T00:00:00Z");
    if (time) token.expires = std::chrono::floor<std::chrono::seconds>(*time);
  }
  return token;
}

std::vector<std::string> audience_of(const Members& members, Fault& fault) {
  std::vector<std::string> audience;
  for (const auto& value : members.elements("audience")) {
    const auto text = as_text(value);
    if (!text || !is_line(*text)) {
      fault.at(element(members.place("audience"), audience.size()), "expected a string");
    }
    audience.emplace_back(text.value_or(""));
  }
  if (audience.empty()) {
    fault.at(members.place("audience"),
             "expected an array with at least one string: without it, tokens for other services "
             "would be valid here");
  }
  return audience;
}

IssuerEntry issuer_of(const boost::json::value& value, const std::string& place, Fault& fault) {
  const Members members(value, place, {"issuer", "keys", "audience", "scopes", "grants"}, fault);
  IssuerEntry issuer{.issuer = members.text("issuer"),
                     .keys = members.optional_text("keys"),
                     .audience = audience_of(members, fault),
                     .grants = {}};
  const std::string scopes = members.optional_text("scopes");
  issuer.trusts_scope_claims = scopes == "token";
  if (!scopes.empty() && scopes != "token" && scopes != "grants") {
    fault.at(members.place("scopes"), "expected grants or token");
  }
  const boost::json::value* const grants = members.find("grants");
  if (grants == nullptr) return issuer;
  if (!grants->is_object()) {
    fault.at(members.place("grants"), "expected an object");
    return issuer;
  }
  for (const auto& grant : grants->get_object()) {
    const std::string at = element(members.place("grants"), issuer.grants.size());
    if (!is_line(grant.key())) fault.at(at, "expected the claim sub as a name");
    const auto text = as_text(grant.value());
    if (!text) fault.at(at, "expected a string of scopes");
    issuer.grants.emplace(grant.key(), scopes_of(text.value_or(""), at, fault));
  }
  return issuer;
}

Revocation revocation_of(const boost::json::value& value, const std::string& place, Fault& fault) {
  const Members members(value, place, {"issuer", "sub", "jti"}, fault);
  Revocation revocation{.issuer = members.text("issuer"),
                        .subject = members.optional_text("sub"),
                        .token_id = members.optional_text("jti")};
  if (revocation.subject.empty() == revocation.token_id.empty()) {
    fault.at(place, "expected one of sub and jti");
  }
  return revocation;
}

/// Two elements must not have the same `key`.
template <typename Entry, typename Key>
void refuse_twins(const std::vector<Entry>& entries, Key Entry::* key, std::string_view list,
                  std::string_view name, Fault& fault) {
  std::map<Key, std::size_t> seen;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto [earlier, is_new] = seen.emplace(entries[i].*key, i);
    if (is_new) continue;
    fault.at(element(list, i) + "." + std::string(name),
             "is that of " + element(list, earlier->second));
  }
}

}  // namespace

bool is_token_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._@-").contains(c);
  };
  // A name is logged.
  return !name.empty() && name.size() <= kMaxTokenNameBytes &&
         std::ranges::all_of(name, is_allowed) && !is_api_token(name);
}

std::expected<Configuration, std::string> parse_configuration(std::string_view text) {
  if (text.size() > kMaxConfigurationBytes) {
    return std::unexpected(concat("is larger than ", kMaxConfigurationBytes, " bytes"));
  }
  const auto document = parse_document(text, kMaxConfigurationDepth);
  if (!document) return std::unexpected(document.error());
  Fault fault;
  const Members members(*document, "", {"tokens", "issuers", "revoked"}, fault);
  Configuration configuration;
  for (const auto& value : members.elements("tokens")) {
    const std::string place = element("tokens", configuration.tokens.size());
    configuration.tokens.push_back(token_of(value, place, fault));
  }
  for (const auto& value : members.elements("issuers")) {
    const std::string place = element("issuers", configuration.issuers.size());
    configuration.issuers.push_back(issuer_of(value, place, fault));
  }
  for (const auto& value : members.elements("revoked")) {
    const std::string place = element("revoked", configuration.revoked.size());
    configuration.revoked.push_back(revocation_of(value, place, fault));
  }
  refuse_twins(configuration.tokens, &ApiTokenEntry::name, "tokens", "name", fault);
  refuse_twins(configuration.tokens, &ApiTokenEntry::digest, "tokens", "sha256", fault);
  refuse_twins(configuration.issuers, &IssuerEntry::issuer, "issuers", "issuer", fault);
  for (std::size_t i = 0; i < configuration.revoked.size(); ++i) {
    const std::string& issuer = configuration.revoked[i].issuer;
    const auto& issuers = configuration.issuers;
    if (std::ranges::find(issuers, issuer, &IssuerEntry::issuer) != issuers.end()) continue;
    fault.at(element("revoked", i) + ".issuer", "is not one of issuers");
  }
  if (fault.found()) return std::unexpected(fault.text());
  return configuration;
}

}  // namespace picus::auth
