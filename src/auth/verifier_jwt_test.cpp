#include <gtest/gtest.h>

#include "auth/testing/known_keys.h"
#include "auth/testing/token_maker.h"
#include "auth/verifier.h"
#include "core/run.h"

namespace picus::auth {
namespace {

using namespace std::chrono_literals;
using Kind = Refusal::Kind;
using std::chrono::sys_seconds;
using testing::base64url;
using testing::key_set;
using testing::signing_input;
using testing::SigningKey;

constexpr sys_seconds kNoon{1'800'000'000s};
const std::string kIssuer = "https://a.example.com";
const std::string kOther = "https://b.example.com";
const std::string kGood = R"("aud":"picus","exp":1800000060,"sub":"anna")";

const SigningKey& key_of_a() {
  static const SigningKey kKey = SigningKey::make(Algorithm::rs256);
  return kKey;
}
const SigningKey& key_of_b() {
  static const SigningKey kKey = SigningKey::make(Algorithm::rs256);
  return kKey;
}

IssuerEntry entry_of(const std::string& issuer) {
  return {.issuer = issuer,
          .keys = {},
          .audience = {"picus", "other"},
          .grants = {{"anna", {Scope::items_read}}}};
}

class Jwts : public ::testing::Test {
 protected:
  Jwts() {
    configuration_.issuers = {entry_of(kIssuer), entry_of(kOther)};
    verifier_.configure(configuration_);
    keys_.know(kIssuer, key_set({key_of_a().jwk("1")}));
    keys_.know(kOther, key_set({key_of_b().jwk("1")}));
  }

  IssuerEntry& entry() { return configuration_.issuers.front(); }
  void configure() { verifier_.configure(configuration_); }

  Verdict verdict(const std::string& token, sys_seconds now = kNoon) {
    const std::string value = "Bearer " + token;
    return run(verifier_.admit({.authorization = value}, Scope::items_read, now));
  }

  std::string outcome(const std::string& token, sys_seconds now = kNoon) {
    const Verdict made = verdict(token, now);
    std::string text(made.principal ? made.principal->label() : "nobody");
    if (made.refusal) text.append(": ").append(made.refusal->reason);
    return text;
  }

  /// Of a token of issuer a with these claims beside `iss`.
  std::string outcome_of_claims(const std::string& claims, sys_seconds now = kNoon) {
    return outcome(token(claims), now);
  }

  static std::string token(const std::string& claims,
                           const std::string& header = R"({"alg":"RS256","kid":"1"})") {
    return testing::jwt(key_of_a(), header, R"({"iss":")" + kIssuer + R"(",)" + claims + "}");
  }

  testing::KnownKeys keys_;
  Configuration configuration_;
  Verifier verifier_{configuration_, keys_};
};

const std::string kAnna = kIssuer + " anna";

TEST_F(Jwts, LetTheirSubjectIn) {
  EXPECT_EQ(outcome_of_claims(kGood), kAnna);
  EXPECT_EQ(outcome(token(kGood, R"({"alg":"RS256"})")), kAnna);
  EXPECT_EQ(outcome(token(kGood, R"({"alg":"RS256","typ":"at+jwt"})")), kAnna);
}

TEST_F(Jwts, AreSignedWithAnyOfThreeAlgorithms) {
  const SigningKey ec = SigningKey::make(Algorithm::es256);
  const SigningKey ed = SigningKey::make(Algorithm::ed25519);
  keys_.know(kIssuer, key_set({key_of_a().jwk("1"), ec.jwk("2"), ed.jwk("3")}));
  const std::string claims = R"({"iss":")" + kIssuer + R"(",)" + kGood + "}";
  EXPECT_EQ(outcome(testing::jwt(ec, R"({"alg":"ES256","kid":"2"})", claims)), kAnna);
  EXPECT_EQ(outcome(testing::jwt(ed, R"({"alg":"EdDSA","kid":"3"})", claims)), kAnna);
  EXPECT_EQ(outcome(testing::jwt(ed, R"({"alg":"Ed25519","kid":"3"})", claims)), kAnna);
  EXPECT_EQ(outcome(testing::jwt(ec, R"({"alg":"ES256","kid":"3"})", claims)),
            "nobody: no key of the issuer has this kid and alg");
}

TEST_F(Jwts, WithoutAProperSignatureLetNobodyIn) {
  const std::string good = token(kGood);
  const std::string input = good.substr(0, good.rfind('.'));
  EXPECT_EQ(outcome(input + "."), "nobody: not an API token, and not three parts with two dots");
  EXPECT_EQ(outcome(input + ".AAAA"), "nobody: the signature does not match");
  std::string changed = good;
  changed[changed.size() - 9] = changed[changed.size() - 9] == 'a' ? 'b' : 'a';
  EXPECT_EQ(outcome(changed), "nobody: the signature does not match");
  EXPECT_EQ(outcome(good), kAnna);
  EXPECT_EQ(outcome(changed), "nobody: the signature does not match");
}

TEST_F(Jwts, WithoutAnAlgorithmLetNobodyIn) {
  for (const char* alg : {"none", "None", "NONE", "nOnE"}) {
    const std::string header = R"({"alg":")" + std::string(alg) + R"(","kid":"1"})";
    EXPECT_EQ(outcome(token(kGood, header)), "nobody: an alg that is not RS256, ES256 or EdDSA");
  }
}

TEST_F(Jwts, SignedWithThePublicKeyAsASecretLetNobodyIn) {
  EXPECT_EQ(outcome(token(kGood, R"({"alg":"HS256","kid":"1"})")),
            "nobody: an alg that is not RS256, ES256 or EdDSA");
}

TEST_F(Jwts, OfAnotherIssuersKeyWithTheSameIdLetNobodyIn) {
  const std::string claims = R"({"iss":")" + kIssuer + R"(",)" + kGood + "}";
  EXPECT_EQ(outcome(testing::jwt(key_of_b(), R"({"alg":"RS256","kid":"1"})", claims)),
            "nobody: the signature does not match");
}

TEST_F(Jwts, OfTheSameSubjectAtAnotherIssuerAreSomebodyElse) {
  configuration_.issuers.back().grants = {};
  configure();
  const std::string claims = R"({"iss":")" + kOther + R"(",)" + kGood + "}";
  EXPECT_EQ(outcome(testing::jwt(key_of_b(), R"({"alg":"RS256","kid":"1"})", claims)),
            kOther + " anna: a scope is missing");
}

TEST_F(Jwts, BringNoKeysOfTheirOwn) {
  const SigningKey mine = SigningKey::make(Algorithm::rs256);
  const std::string claims = R"({"iss":")" + kIssuer + R"(",)" + kGood + "}";
  const std::string header = R"({"alg":"RS256","jku":"https://evil.example.com/","x5u":)"
                             R"("https://evil.example.com/","x5c":["MII="],"jwk":)" +
                             mine.jwk("1") + "}";
  EXPECT_EQ(outcome(testing::jwt(mine, header, claims)), "nobody: the signature does not match");
}

TEST_F(Jwts, OfAnUnknownIssuerLetNobodyIn) {
  const std::string header = R"({"alg":"RS256","kid":"1"})";
  for (const std::string& issuer :
       {std::string(R"("https://c.example.com")"), '"' + kIssuer + R"(/")", "[\"" + kIssuer + "\"]",
        std::string("null"), std::string(R"("")")}) {
    const std::string claims = R"({"iss":)" + issuer + "," + kGood + "}";
    EXPECT_EQ(outcome(testing::jwt(key_of_a(), header, claims)),
              "nobody: iss is not one of issuers");
  }
  EXPECT_EQ(outcome(testing::jwt(key_of_a(), header, "{" + kGood + "}")),
            "nobody: iss is not one of issuers");
  EXPECT_EQ(keys_.fetches(), 0);
}

TEST_F(Jwts, AreForThisService) {
  const std::string rest = R"(,"exp":1800000060,"sub":"anna")";
  EXPECT_EQ(outcome_of_claims(R"("aud":["x","other"])" + rest), kAnna);
  for (const char* audience : {R"("Picus")", R"("")", "[]", R"(["x"])", R"([["picus"]])", "null",
                               R"({"picus":true})", R"("picus other")"}) {
    EXPECT_EQ(outcome_of_claims(R"("aud":)" + std::string(audience) + rest),
              "nobody: aud names another service")
        << audience;
  }
  EXPECT_EQ(outcome_of_claims(rest.substr(1)), "nobody: aud names another service");
}

TEST_F(Jwts, ExpireWith30SecondsOfLeeway) {
  const std::string claims = token(kGood);  // until kNoon + 60 s
  EXPECT_EQ(outcome(claims, kNoon + 89s), kAnna);
  EXPECT_EQ(outcome(claims, kNoon + 90s), "nobody: exp has passed");
  EXPECT_EQ(verdict(claims, kNoon + 90s).refusal->kind, Kind::expired_token);
  const std::string known = token(kGood + R"(,"jti":"known")");
  EXPECT_EQ(outcome(known), kAnna);
  keys_.hide(kIssuer);
  EXPECT_EQ(outcome(known, kNoon + 89s), kAnna);
  EXPECT_EQ(outcome(known, kNoon + 90s), "nobody: exp has passed");
}

TEST_F(Jwts, HaveAnExpiryThatIsATime) {
  const std::string rest = R"("aud":"picus","sub":"anna")";
  for (const char* expiry :
       {"1e400", "-1e400", "0e400", "9007199254740992", "-9007199254740992", "1e16", "-1e300",
        R"("1800000060")", "null", "[]", "true", "99999999999999999999999999"}) {
    const std::string found = outcome_of_claims(R"("exp":)" + std::string(expiry) + "," + rest);
    EXPECT_TRUE(found == "nobody: exp is missing, or not a time" ||
                found == "nobody: claims that are not one JSON object")
        << expiry << ": " << found;
  }
  EXPECT_EQ(outcome_of_claims(rest), "nobody: exp is missing, or not a time");
  for (const char* expiry : {"-1", "-1800000060", "0", "-9007199254740991", "1.5"}) {
    EXPECT_EQ(outcome_of_claims(R"("exp":)" + std::string(expiry) + "," + rest),
              "nobody: exp has passed")
        << expiry;
  }
  EXPECT_EQ(outcome_of_claims(R"("exp":9007199254740991,)" + rest), kAnna);
  EXPECT_EQ(outcome_of_claims(R"("exp":1.80000006e9,)" + rest), kAnna);
}

TEST_F(Jwts, BeginWith30SecondsOfLeeway) {
  for (const char* name : {"nbf", "iat"}) {
    const std::string claim = ",\"" + std::string(name) + "\":";
    EXPECT_EQ(outcome_of_claims(kGood + claim + "1800000030"), kAnna);
    EXPECT_EQ(outcome_of_claims(kGood + claim + "1800000030.9"), kAnna);
    const std::string early = token(kGood + claim + "1800000031");
    EXPECT_EQ(outcome(early), "nobody: nbf or iat is in the future");
    EXPECT_EQ(verdict(early).refusal->kind, Kind::early_token);
    EXPECT_EQ(outcome(early, kNoon + 1s), kAnna);
    for (const char* wrong : {R"("1800000000")", "null", "1e400", "0e400"}) {
      EXPECT_NE(outcome_of_claims(kGood + claim + wrong), kAnna) << wrong;
    }
  }
}

TEST_F(Jwts, HaveASubject) {
  const std::string rest = R"("aud":"picus","exp":1800000060)";
  EXPECT_EQ(outcome_of_claims(rest), "nobody: an unusable sub");
  for (const std::string& subject :
       {std::string("7"), std::string("null"), std::string(R"("")"), std::string(R"(["anna"])"),
        '"' + std::string(1025, 's') + '"'}) {
    EXPECT_EQ(outcome_of_claims(rest + R"(,"sub":)" + subject), "nobody: an unusable sub");
  }
  EXPECT_NE(outcome_of_claims(rest + R"(,"sub":")" + std::string(1024, 's') + '"'),
            "nobody: an unusable sub");
}

TEST_F(Jwts, AreGrantedByTheExactSubject) {
  const std::string rest = R"("aud":"picus","exp":1800000060)";
  for (const char* subject : {"Anna", "anna ", "ann", "annaa", R"(anna\u0000)"}) {
    const Verdict made = verdict(token(rest + R"(,"sub":")" + subject + '"'));
    ASSERT_TRUE(made.refusal) << subject;
    EXPECT_EQ(made.refusal->kind, Kind::insufficient_scope) << subject;
  }
}

TEST_F(Jwts, HaveTheirOwnScopesOnlyWhereTheConfigurationSaysSo) {
  const std::string rest = R"("aud":"picus","exp":1800000060,"sub":"bert",)";
  const std::string bert = kIssuer + " bert";
  const std::vector<std::string> claims = {R"("scope":"openid items:read")",
                                           R"("scp":"items:read")",
                                           R"("scp":["openid","items:read"])"};
  for (const auto& claim : claims) {
    EXPECT_EQ(outcome_of_claims(rest + claim), bert + ": a scope is missing");
  }
  entry().trusts_scope_claims = true;
  configure();
  for (const auto& claim : claims) EXPECT_EQ(outcome_of_claims(rest + claim), bert);
  for (const char* claim : {R"("scope":["items:read"])", R"("scope":"items:*")", R"("scp":7)",
                            R"("scp":[["items:read"]])", R"("roles":"items:read")"}) {
    EXPECT_EQ(outcome_of_claims(rest + claim), bert + ": a scope is missing") << claim;
  }
}

TEST_F(Jwts, OfStsHaveNoScopesOfTheirOwn) {
  entry().trusts_scope_claims = true;
  configure();
  const std::string rest = R"("aud":"picus","exp":1800000060,"sub":"bert","scope":"items:read",)"
                           R"("https://sts.amazonaws.com/":)";
  EXPECT_EQ(outcome_of_claims(rest + R"({"request_tags":{"scope":"items:read"}})"),
            kIssuer + " bert: a scope is missing");
  EXPECT_EQ(outcome_of_claims(kGood + R"(,"https://sts.amazonaws.com/":{"aws_account":"1"})"),
            kAnna);
}

TEST_F(Jwts, OfStsHaveNoSubjectMode) {
  const std::string claim = kGood + R"(,"https://sts.amazonaws.com/":)";
  EXPECT_EQ(outcome_of_claims(claim + R"({"subject_mode":"x"})"),
            "nobody: a token of STS with a subject_mode");
  EXPECT_EQ(outcome_of_claims(claim + "7"), "nobody: a token of STS with a subject_mode");
}

TEST_F(Jwts, ThatAreRevokedLetNobodyIn) {
  configuration_.revoked = {{.issuer = kIssuer, .subject = {}, .token_id = "17"},
                            {.issuer = kIssuer, .subject = "bert", .token_id = {}},
                            {.issuer = kOther, .subject = "anna", .token_id = {}},
                            {.issuer = kOther, .subject = {}, .token_id = "18"}};
  configure();
  const std::string with_id = token(kGood + R"(,"jti":"17")");
  EXPECT_EQ(outcome(with_id), "nobody: revoked by sub or jti");
  EXPECT_EQ(outcome_of_claims(kGood + R"(,"jti":"18")"), kAnna);
  EXPECT_EQ(outcome_of_claims(kGood), kAnna);
  EXPECT_EQ(outcome_of_claims(kGood + R"(,"jti":17)"), "nobody: an unusable jti");
  configuration_.revoked = {{.issuer = kIssuer, .subject = "anna", .token_id = {}}};
  configure();
  EXPECT_EQ(outcome_of_claims(kGood), "nobody: revoked by sub or jti");
}

TEST_F(Jwts, OfAKeyThatLeftTheSetLetNobodyIn) {
  const std::string good = token(kGood);
  EXPECT_EQ(outcome(good), kAnna);
  keys_.know(kIssuer, key_set({key_of_b().jwk("2")}));
  EXPECT_EQ(outcome(good), "nobody: no key of the issuer has this kid and alg");
}

TEST_F(Jwts, OfANewKeyAreVerifiedAfterAFetch) {
  const SigningKey next = SigningKey::make(Algorithm::es256);
  keys_.publish(kIssuer, key_set({key_of_a().jwk("1"), next.jwk("2")}));
  const std::string claims = R"({"iss":")" + kIssuer + R"(",)" + kGood + "}";
  EXPECT_EQ(outcome(testing::jwt(next, R"({"alg":"ES256","kid":"2"})", claims)), kAnna);
  EXPECT_EQ(keys_.fetches(), 1);
  EXPECT_EQ(outcome_of_claims(kGood), kAnna);
  EXPECT_EQ(keys_.fetches(), 1);
}

TEST_F(Jwts, OfAnIssuerWithoutKeysMayBeTriedAgain) {
  keys_.forget(kIssuer);
  const std::string good = token(kGood);
  EXPECT_EQ(outcome(good), "nobody: the keys of the issuer are not available");
  EXPECT_EQ(verdict(good).refusal->kind, Kind::no_keys);
  keys_.publish(kIssuer, key_set({key_of_a().jwk("1")}));
  EXPECT_EQ(outcome(good), kAnna);
}

TEST_F(Jwts, OfAnUnknownKeyMayBeTriedAgainWhereTheIssuerIsAway) {
  const SigningKey next = SigningKey::make(Algorithm::es256);
  const std::string claims = R"({"iss":")" + kIssuer + R"(",)" + kGood + "}";
  const std::string token_of_next = testing::jwt(next, R"({"alg":"ES256","kid":"2"})", claims);
  EXPECT_EQ(verdict(token_of_next).refusal->kind, Kind::invalid_token);
  keys_.lose(kIssuer);
  EXPECT_EQ(verdict(token_of_next).refusal->kind, Kind::no_keys);
  EXPECT_EQ(outcome_of_claims(kGood), kAnna);
}

TEST_F(Jwts, AreVerifiedAgainAfter5Minutes) {
  const std::string good = token(R"("aud":"picus","exp":1900000000,"sub":"anna")");
  EXPECT_EQ(outcome(good), kAnna);
  keys_.hide(kIssuer);
  EXPECT_EQ(outcome(good, kNoon + 299s), kAnna);
  EXPECT_EQ(outcome(good, kNoon + 300s), "nobody: the keys of the issuer are not available");
}

TEST_F(Jwts, AreNotKnownToRulesThatCameWhileTheyWaitedForAKey) {
  const std::string good = token(kGood);
  keys_.hide(kIssuer);
  keys_.meanwhile([&] {
    keys_.show(kIssuer, key_set({key_of_a().jwk("1")}));
    configuration_.revoked = {{.issuer = kIssuer, .subject = "anna", .token_id = {}}};
    configure();
  });
  EXPECT_EQ(outcome(good), kAnna);
  EXPECT_EQ(outcome(good), "nobody: revoked by sub or jti");
}

TEST_F(Jwts, AreNotKnownToKeysThatCameWhileTheyWaitedForOne) {
  const std::string good = token(kGood);
  keys_.hide(kIssuer);
  keys_.meanwhile([&] { keys_.know(kIssuer, key_set({key_of_a().jwk("1")})); });
  EXPECT_EQ(outcome(good), kAnna);
  keys_.meanwhile({});
  keys_.hide(kIssuer);
  EXPECT_EQ(outcome(good), "nobody: the keys of the issuer are not available");
}

TEST_F(Jwts, ThatAreKnownDoNotWaitForThoseThatAreForged) {
  const std::string good = token(kGood);
  EXPECT_EQ(outcome(good), kAnna);
  const std::string input = good.substr(0, good.rfind('.'));
  const std::string forged = input + "." + base64url(std::string(256, '\x01'));
  int checked = 0;
  while (checked < 2000 && outcome(forged) == "nobody: the signature does not match") ++checked;
  EXPECT_EQ(checked, 999);
  EXPECT_EQ(verdict(forged).refusal->kind, Kind::overloaded);
  EXPECT_EQ(outcome(good), kAnna);
  EXPECT_EQ(outcome(token(kGood + R"(,"jti":"new")")), "nobody: too many signatures to check");
  configure();
  EXPECT_EQ(verdict(forged).refusal->kind, Kind::overloaded);
  EXPECT_EQ(outcome(forged, kNoon + 1s), "nobody: the signature does not match");
}

}  // namespace
}  // namespace picus::auth
