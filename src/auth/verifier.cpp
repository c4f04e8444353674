#include "auth/verifier.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include "auth/api_token.h"
#include "auth/claims.h"
#include "auth/document.h"
#include "auth/jwt.h"
#include "auth/verifier_memory.h"

namespace picus::auth {
namespace {

using std::chrono::sys_seconds;
using Kind = Refusal::Kind;

constexpr std::chrono::minutes kLongestTrust{5};

/// A digest is a hash.
struct DigestHash {
  using is_avalanching = void;
  std::size_t operator()(const TokenDigest& digest) const {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
  }
};

/// In a time that does not depend on where they differ.
struct DigestEqual {
  bool operator()(const TokenDigest& a, const TokenDigest& b) const {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
  }
};

struct KnownToken {
  std::shared_ptr<const Principal> bearer;
  std::optional<sys_seconds> expires;
};

std::unexpected<Refusal> refused(Kind kind, std::string_view reason) {
  return std::unexpected(Refusal{kind, reason});
}

Verdict verdict_on(std::shared_ptr<const Principal> bearer, Scope needed, bool cached) {
  const bool may = bearer->scopes().has(needed);
  Verdict verdict{.principal = std::move(bearer), .refusal = {}, .cached = cached};
  if (!may) verdict.refusal = Refusal{Kind::insufficient_scope, "a scope is missing"};
  return verdict;
}

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

/// Of the metrics: allowed, then in the order of Refusal::Kind.
constexpr auto kResults = std::to_array<std::string_view>(
    {"allowed", "no_token", "bad_request", "invalid_token", "expired_token", "early_token",
     "insufficient_scope", "no_keys", "overloaded"});

}  // namespace

/// A configuration, made for looking things up.
struct Verifier::Rules {
  using IssuerAnd = std::pair<std::string, std::string>;

  explicit Rules(const Configuration& configuration) {
    for (const ApiTokenEntry& entry : configuration.tokens) {
      auto bearer =
          std::make_shared<const Principal>(Principal::of_api_token(entry.name, entry.scopes));
      tokens.emplace(entry.digest, KnownToken{std::move(bearer), entry.expires});
    }
    for (const IssuerEntry& entry : configuration.issuers) issuers.emplace(entry.issuer, entry);
    for (const Revocation& revocation : configuration.revoked) {
      if (!revocation.subject.empty()) subjects.emplace(revocation.issuer, revocation.subject);
      if (!revocation.token_id.empty()) token_ids.emplace(revocation.issuer, revocation.token_id);
    }
  }

  [[nodiscard]] bool revokes(const std::string& issuer, const boost::json::object& claims) const {
    return subjects.contains({issuer, std::string(text_member(claims, "sub"))}) ||
           token_ids.contains({issuer, std::string(text_member(claims, "jti"))});
  }

  boost::unordered_flat_map<TokenDigest, KnownToken, DigestHash, DigestEqual> tokens;
  std::map<std::string, IssuerEntry, std::less<>> issuers;
  std::set<IssuerAnd> subjects;
  std::set<IssuerAnd> token_ids;
};

Verifier::Verifier(const Configuration& configuration, KeySource& keys, Registry* metrics)
    : id_(next_id()), keys_(keys), rules_(std::make_shared<const Rules>(configuration)) {
  if (metrics == nullptr) return;
  requests_ =
      metrics->counters({.name = "picus_auth_requests_total",
                         .help = "Requests that need a token, by the result of the check."},
                        kResults.size(), [](std::size_t series) {
                          return Labels{{.name = "result", .value = std::string(kResults[series])}};
                        });
}

Verifier::~Verifier() = default;

void Verifier::configure(const Configuration& configuration) {
  auto rules = std::make_shared<const Rules>(configuration);
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
  ++generation_;
}

void Verifier::renew(ThreadMemory& memory, std::uint64_t keys_version) {
  memory.cache.clear();
  if (memory.verifier != id_) memory.signatures = 0;
  memory.verifier = id_;
  memory.keys_version = keys_version;
  const std::lock_guard lock(mutex_);
  memory.generation = generation_;
  memory.rules = rules_;
}

asio::awaitable<Verdict> Verifier::admit(Credentials credentials, Scope needed, sys_seconds now) {
  const auto token = bearer_token(credentials);
  if (!token) co_return Verdict{nullptr, token.error()};
  Bearer bearer = memory().cache.find(*token, now);
  const bool cached = bearer != nullptr;
  if (!cached) {
    Proof proof = Bearer();
    if (token->starts_with(kApiTokenPrefix)) {
      proof = prove_api_token(*token, now);
    } else {
      proof = co_await prove_jwt(*token, now);
    }
    if (!proof) co_return Verdict{nullptr, proof.error()};
    bearer = std::move(*proof);
  }
  co_return verdict_on(std::move(bearer), needed, cached);
}

Verifier::Proof Verifier::prove_api_token(std::string_view token, sys_seconds now) {
  if (!is_api_token(token)) return refused(Kind::invalid_token, "a mistyped API token");
  ThreadMemory& mine = memory();
  const auto found = mine.rules->tokens.find(digest_of(token));
  if (found == mine.rules->tokens.end()) {
    return refused(Kind::invalid_token, "an API token that is not in the configuration");
  }
  const KnownToken& known = found->second;
  if (known.expires && *known.expires <= now) {
    return refused(Kind::expired_token, "an API token that has expired");
  }
  // A copy of the thread's own: that of the rules would be counted by all of them.
  auto bearer = std::make_shared<const Principal>(*known.bearer);
  const sys_seconds latest = now + kLongestTrust;
  mine.cache.add(token, bearer, std::min(latest, known.expires.value_or(latest)));
  return bearer;
}

asio::awaitable<Verifier::Proof> Verifier::prove_jwt(std::string_view token, sys_seconds now) {
  const auto jwt = Jwt::parse(token);
  if (!jwt) co_return refused(Kind::invalid_token, jwt.error());
  const auto rules = memory().rules;
  const std::uint64_t generation = memory().generation;
  const std::uint64_t keys_version = memory().keys_version;
  const auto issuer = rules->issuers.find(text_member(jwt->claims, "iss"));
  if (issuer == rules->issuers.end()) {
    co_return refused(Kind::invalid_token, "iss is not one of issuers");
  }
  const auto expires = check_claims(jwt->claims, issuer->second, now);
  if (!expires) co_return std::unexpected(expires.error());

  KeySource::Keys keys = keys_.keys(issuer->first);
  const PublicKey* key = keys ? keys->find(jwt->key_id, jwt->algorithm) : nullptr;
  if (key == nullptr) {
    const auto newer = co_await keys_.newer_keys(issuer->first);
    keys = newer.keys;
    key = keys ? keys->find(jwt->key_id, jwt->algorithm) : nullptr;
    if (key == nullptr && !newer.latest) {
      co_return refused(Kind::no_keys, "the keys of the issuer are not available");
    }
    if (key == nullptr) {
      co_return refused(Kind::invalid_token, "no key of the issuer has this kid and alg");
    }
  }
  if (!memory().take_signature(now)) {
    co_return refused(Kind::overloaded, "too many signatures to check");
  }
  if (!key->verifies(jwt->signed_text, jwt->signature)) {
    co_return refused(Kind::invalid_token, "the signature does not match");
  }
  if (rules->revokes(issuer->first, jwt->claims)) {
    co_return refused(Kind::invalid_token, "revoked by sub or jti");
  }
  auto bearer = std::make_shared<const Principal>(Principal::of_issuer(
      issuer->first, text_member(jwt->claims, "sub"), granted_scopes(jwt->claims, issuer->second)));
  ThreadMemory& mine = memory();
  // While this waited for keys, what it was judged by may have been replaced.
  if (mine.generation == generation && mine.keys_version == keys_version) {
    mine.cache.add(token, bearer, std::min(now + kLongestTrust, *expires));
  }
  co_return bearer;
}

}  // namespace picus::auth
