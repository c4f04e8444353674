#include "auth/claims.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <optional>

#include "auth/document.h"

namespace picus::auth {
namespace {

using boost::json::object;
using boost::json::value;
using std::chrono::seconds;
using std::chrono::sys_seconds;

/// Where the AWS Security Token Service says for whom it made a token.
constexpr std::string_view kStsClaim = "https://sts.amazonaws.com/";
constexpr std::size_t kMaxSubjectBytes = 1024;

std::unexpected<Refusal> invalid(std::string_view reason) {
  return std::unexpected(Refusal{Refusal::Kind::invalid_token, reason});
}

/// A NumericDate, cut to whole seconds; nothing where it is no number below 2^53 in magnitude.
std::optional<sys_seconds> time_of(const value& claim) {
  constexpr double kLimit = 9'007'199'254'740'992;
  if (!claim.is_number()) return std::nullopt;
  const auto number = claim.to_number<double>();
  // Not `>=`: Boost.JSON reads 0e400 as a NaN.
  if (!(std::abs(number) < kLimit)) return std::nullopt;
  return sys_seconds(seconds(static_cast<std::int64_t>(std::floor(number))));
}

/// The refusal of a claim, where there is it, that says from when on the token counts.
std::optional<Refusal> early(const object& claims, std::string_view name, sys_seconds now) {
  const value* const claim = claims.if_contains(name);
  if (claim == nullptr) return std::nullopt;
  const auto time = time_of(*claim);
  if (!time) return Refusal{Refusal::Kind::invalid_token, "nbf or iat is not a time"};
  if (*time <= now + kClockLeeway) return std::nullopt;
  return Refusal{Refusal::Kind::early_token, "nbf or iat is in the future"};
}

bool is_for(const object& claims, const std::vector<std::string>& audience) {
  const auto is_wanted = [&](const value& claim) {
    const auto text = as_text(claim);
    return text && std::ranges::find(audience, *text) != audience.end();
  };
  const value* const claim = claims.if_contains("aud");
  if (claim == nullptr) return false;
  if (const auto* const list = claim->if_array()) return std::ranges::any_of(*list, is_wanted);
  return is_wanted(*claim);
}

}  // namespace

std::expected<sys_seconds, Refusal> check_claims(const object& claims, const IssuerEntry& issuer,
                                                 sys_seconds now) {
  if (!is_for(claims, issuer.audience)) return invalid("aud names another service");
  const std::string_view subject = text_member(claims, "sub");
  if (subject.empty() || subject.size() > kMaxSubjectBytes) return invalid("an unusable sub");
  if (claims.contains("jti") && text_member(claims, "jti").empty())
    return invalid("an unusable jti");

  const value* const expiry = claims.if_contains("exp");
  const auto expires = expiry == nullptr ? std::nullopt : time_of(*expiry);
  if (!expires) return invalid("exp is missing, or not a time");
  if (*expires + kClockLeeway <= now) {
    return std::unexpected(Refusal{Refusal::Kind::expired_token, "exp has passed"});
  }
  for (const std::string_view name : {"nbf", "iat"}) {
    if (const auto refusal = early(claims, name, now)) return std::unexpected(*refusal);
  }
  if (const value* const sts = claims.if_contains(kStsClaim)) {
    // With a subject mode, `sub` is not the caller's role alone, and no grant means it.
    if (!sts->is_object() || sts->get_object().contains("subject_mode")) {
      return invalid("a token of STS with a subject_mode");
    }
  }
  return *expires + kClockLeeway;
}

Scopes granted_scopes(const object& claims, const IssuerEntry& issuer) {
  Scopes scopes;
  const auto grant = issuer.grants.find(text_member(claims, "sub"));
  if (grant != issuer.grants.end()) scopes.add(grant->second);
  // STS copies into the claim what its caller asks for.
  if (!issuer.trusts_scope_claims || claims.contains(kStsClaim)) return scopes;
  for (const std::string_view name : {"scope", "scp"}) {
    scopes.add(Scopes::known_of(text_member(claims, name)));
  }
  const value* const list = claims.if_contains("scp");
  if (list == nullptr || !list->is_array()) return scopes;
  for (const value& scope : list->get_array()) {
    scopes.add(Scopes::known_of(as_text(scope).value_or("")));
  }
  return scopes;
}

}  // namespace picus::auth
