#include "auth/verifier.h"

#include <gtest/gtest.h>

#include "auth/api_token.h"
#include "auth/testing/known_keys.h"
#include "core/run.h"

namespace picus::auth {
namespace {

using namespace std::chrono_literals;
using Kind = Refusal::Kind;
using std::chrono::sys_seconds;

constexpr sys_seconds kToday{1'800'000'000s};

std::string described(const Verdict& verdict) {
  std::string text(verdict.principal ? verdict.principal->label() : "nobody");
  if (verdict.refusal) text.append(": ").append(verdict.refusal->reason);
  return text;
}

class ApiTokens : public ::testing::Test {
 protected:
  std::string add(const std::string& name, Scopes scopes, std::optional<sys_seconds> expires = {}) {
    std::string token = new_api_token();
    configuration_.tokens.push_back(
        {.name = name, .digest = digest_of(token), .scopes = scopes, .expires = expires});
    verifier_.configure(configuration_);
    return token;
  }

  void remove(const std::string& name) {
    std::erase_if(configuration_.tokens, [&](const auto& entry) { return entry.name == name; });
    verifier_.configure(configuration_);
  }

  Verdict verdict(const std::string& token, Scope needed = Scope::items_read,
                  sys_seconds now = kToday) {
    const std::string value = "Bearer " + token;
    return run(verifier_.admit({.authorization = value}, needed, now));
  }

  std::string outcome(const std::string& token, Scope needed = Scope::items_read,
                      sys_seconds now = kToday) {
    return described(verdict(token, needed, now));
  }

  testing::KnownKeys keys_;
  Configuration configuration_;
  Verifier verifier_{configuration_, keys_};
};

TEST_F(ApiTokens, LetTheirBearerIn) {
  const std::string a = add("anna", {Scope::items_read});
  const std::string b = add("bert", {Scope::items_read});
  EXPECT_EQ(outcome(a), "anna");
  EXPECT_EQ(outcome(b), "bert");
  EXPECT_EQ(outcome(a), "anna");
}

TEST_F(ApiTokens, LetNobodyDoWhatTheirScopesDoNotName) {
  const std::string token = add("anna", {Scope::items_read});
  for (const Scope scope : {Scope::items_write, Scope::items_delete}) {
    EXPECT_EQ(outcome(token, scope), "anna: a scope is missing");
    EXPECT_EQ(verdict(token, scope).refusal->kind, Kind::insufficient_scope);
  }
  EXPECT_EQ(outcome(add("bert", {Scope::items_delete}), Scope::items_delete), "bert");
}

TEST_F(ApiTokens, ThatAreUnknownLetNobodyIn) {
  add("anna", {Scope::items_read});
  const std::string unknown = "nobody: an API token that is not in the configuration";
  EXPECT_EQ(outcome(new_api_token()), unknown);
  EXPECT_EQ(verdict(new_api_token()).refusal->kind, Kind::invalid_token);
}

TEST_F(ApiTokens, AreKnownByTheirWholeDigest) {
  const std::string token = add("anna", {Scope::items_read});
  TokenDigest& digest = configuration_.tokens.front().digest;
  for (std::uint8_t& byte : digest) {
    byte ^= 1U;
    verifier_.configure(configuration_);
    EXPECT_EQ(outcome(token), "nobody: an API token that is not in the configuration");
    byte ^= 1U;
  }
  verifier_.configure(configuration_);
  EXPECT_EQ(outcome(token), "anna");
}

TEST_F(ApiTokens, ThatAreTruncatedOrMistypedLetNobodyIn) {
  const std::string token = add("anna", {Scope::items_read});
  std::string mistyped = token;
  mistyped[20] = mistyped[20] == 'a' ? 'b' : 'a';
  for (const std::string& wrong :
       {token.substr(0, 54), token + "0", mistyped, std::string("picus_"),
        std::string("picus_") + std::string(100'000, 'a')}) {
    EXPECT_EQ(outcome(wrong), "nobody: a mistyped API token");
  }
}

TEST_F(ApiTokens, EndWhenTheyExpire) {
  const std::string token = add("anna", {Scope::items_read}, kToday);
  EXPECT_EQ(outcome(token, Scope::items_read, kToday - 1s), "anna");
  EXPECT_EQ(outcome(token, Scope::items_read, kToday), "nobody: an API token that has expired");
  EXPECT_EQ(verdict(token).refusal->kind, Kind::expired_token);
}

TEST_F(ApiTokens, EndAtOnceWhenTheyAreRemoved) {
  const std::string token = add("anna", {Scope::items_read});
  EXPECT_EQ(outcome(token), "anna");
  remove("anna");
  EXPECT_EQ(outcome(token), "nobody: an API token that is not in the configuration");
}

TEST_F(ApiTokens, HaveTheScopesOfTheLastConfiguration) {
  const std::string token = add("anna", {Scope::items_read});
  EXPECT_EQ(outcome(token), "anna");
  configuration_.tokens.front().scopes = {Scope::items_write};
  verifier_.configure(configuration_);
  EXPECT_EQ(outcome(token), "anna: a scope is missing");
}

TEST_F(ApiTokens, OfOneVerifierAreUnknownToAnother) {
  const std::string token = add("anna", {Scope::items_read});
  EXPECT_EQ(outcome(token), "anna");
  Verifier other(Configuration(), keys_);
  const std::string value = "Bearer " + token;
  EXPECT_EQ(described(run(other.admit({.authorization = value}, Scope::items_read, kToday))),
            "nobody: an API token that is not in the configuration");
  EXPECT_EQ(outcome(token), "anna");
}

TEST_F(ApiTokens, AreNeverAskedForAtIssuers) {
  EXPECT_EQ(outcome(new_api_token().substr(0, 50)), "nobody: a mistyped API token");
  EXPECT_EQ(keys_.fetches(), 0);
}

TEST_F(ApiTokens, AreRecalledIfTheyWereAllowed) {
  const std::string value = "Bearer " + add("anna", {Scope::items_read}, kToday + 60s);
  const Credentials brought{.authorization = value};
  const auto recalled = [&](const Credentials& credentials, Scope needed, sys_seconds now) {
    const auto known = verifier_.recall(credentials, needed, now);
    return known ? std::string(known->label()) : "nothing";
  };
  EXPECT_EQ(recalled(brought, Scope::items_read, kToday), "nothing");
  EXPECT_EQ(described(run(verifier_.admit(brought, Scope::items_read, kToday))), "anna");
  EXPECT_EQ(recalled(brought, Scope::items_read, kToday), "anna");
  EXPECT_EQ(recalled(brought, Scope::items_write, kToday), "nothing");
  EXPECT_EQ(recalled({.authorization = value, .repeats = true}, Scope::items_read, kToday),
            "nothing");
  EXPECT_EQ(recalled({.authorization = value, .in_query = true}, Scope::items_read, kToday),
            "nothing");
  EXPECT_EQ(recalled({}, Scope::items_read, kToday), "nothing");
  EXPECT_EQ(
      recalled({.authorization = std::string_view(value).substr(7)}, Scope::items_read, kToday),
      "nothing");
  const std::string other = "Digest " + value.substr(7);
  EXPECT_EQ(recalled({.authorization = other}, Scope::items_read, kToday), "nothing");
  EXPECT_EQ(recalled({.authorization = "Basic"}, Scope::items_read, kToday), "nothing");
  EXPECT_EQ(recalled(brought, Scope::items_read, kToday + 60s), "nothing");
  remove("anna");
  EXPECT_EQ(recalled(brought, Scope::items_read, kToday), "nothing");
}

TEST_F(ApiTokens, AreRecalledFor5Minutes) {
  const std::string token = add("anna", {Scope::items_read});
  const std::string value = "Bearer " + token;
  const auto is_known = [&](sys_seconds now) {
    return verifier_.recall({.authorization = value}, Scope::items_read, now) != nullptr;
  };
  EXPECT_EQ(outcome(token), "anna");
  EXPECT_TRUE(is_known(kToday + 299s));
  EXPECT_FALSE(is_known(kToday + 300s));
}

TEST_F(ApiTokens, AreNeededOnce) {
  EXPECT_EQ(described(run(verifier_.admit({}, Scope::items_read, kToday))),
            "nobody: no Authorization header");
  const std::string value = "Bearer " + add("anna", {Scope::items_read});
  EXPECT_EQ(described(run(verifier_.admit({.authorization = value, .repeats = true},
                                          Scope::items_read, kToday))),
            "nobody: more than one Authorization header");
}

}  // namespace
}  // namespace picus::auth
