#include "auth/configuration.h"

#include <gtest/gtest.h>

#include <cctype>

namespace picus::auth {
namespace {

using namespace std::chrono_literals;

const std::string kDigest(64, 'a');
const std::string kOtherDigest(64, 'b');

std::string token(const std::string& name, const std::string& digest) {
  return R"({"name":")" + name + R"(","sha256":")" + digest + R"(","scopes":"items:read"})";
}

std::string error_of(const std::string& text) {
  const auto parsed = parse_configuration(text);
  return parsed ? "no error" : parsed.error();
}

std::string error_of_token(const std::string& token) {
  return error_of(R"({"tokens":[)" + token + "]}");
}

std::string error_of_issuer(const std::string& issuer) {
  return error_of(R"({"issuers":[)" + issuer + "]}");
}

TEST(Configuration, ListsTokens) {
  const auto parsed = parse_configuration(
      R"({"tokens":[{"name":"tester1","sha256":")" + kDigest +
      R"(","scopes":"items:read items:write","expires":"2026-11-24T21:30:00Z"},)" +
      token("b", kOtherDigest) + "]}");
  ASSERT_TRUE(parsed) << parsed.error();
  ASSERT_EQ(parsed->tokens.size(), 2);
  EXPECT_EQ(parsed->tokens[0].name, "tester1");
  EXPECT_EQ(parsed->tokens[0].digest[0], 0xAA);
  EXPECT_EQ(parsed->tokens[0].scopes, (Scopes{Scope::items_read, Scope::items_write}));
  EXPECT_EQ(parsed->tokens[0].expires, std::chrono::sys_seconds(1'795'555'800s));
  EXPECT_EQ(parsed->tokens[1].digest[31], 0xBB);
  EXPECT_FALSE(parsed->tokens[1].expires);
}

TEST(Configuration, ListsIssuersAndRevocations) {
  const auto parsed = parse_configuration(R"({
    "issuers": [{"issuer": "https://issuer.example.com", "keys": "keys.json",
                 "audience": ["picus", "b"], "scopes": "token",
                 "grants": {"a": "items:read", "b": "items:delete"}},
                {"issuer": "https://other.example.com", "audience": ["picus"]}],
    "revoked": [{"issuer": "https://issuer.example.com", "sub": "mallory"},
                {"issuer": "https://issuer.example.com", "jti": "17"}]})");
  ASSERT_TRUE(parsed) << parsed.error();
  const IssuerEntry& issuer = parsed->issuers.at(0);
  EXPECT_EQ(issuer.issuer, "https://issuer.example.com");
  EXPECT_EQ(issuer.keys, "keys.json");
  EXPECT_EQ(issuer.audience, (std::vector<std::string>{"picus", "b"}));
  EXPECT_TRUE(issuer.trusts_scope_claims);
  EXPECT_EQ(issuer.grants.at("b"), Scopes{Scope::items_delete});
  EXPECT_FALSE(parsed->issuers.at(1).trusts_scope_claims);
  EXPECT_TRUE(parsed->issuers.at(1).keys.empty());
  EXPECT_EQ(parsed->revoked.at(0).subject, "mallory");
  EXPECT_EQ(parsed->revoked.at(1).token_id, "17");
}

TEST(Configuration, WithoutTokensLetsNobodyIn) {
  const auto parsed = parse_configuration("{}");
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->tokens.empty());
}

TEST(Configuration, NamesThePlaceOfAFault) {
  EXPECT_EQ(error_of("{\"tokens\":\n[}"), "line 2, column 2: expected a value");
  EXPECT_EQ(error_of("[]"), "expected an object");
  EXPECT_EQ(error_of(R"({"token":[]})"), "unknown member token; expected tokens, issuers, revoked");
  EXPECT_EQ(error_of(R"({"tokens":{}})"), "tokens: expected an array");
  EXPECT_EQ(error_of(R"({"tokens":[7]})"), "tokens[0]: expected an object");
  EXPECT_EQ(error_of_token(token("a", kDigest) + R"(,{"name":"b","sha":"","scopes":""})"),
            "tokens[1]: unknown member sha; expected name, sha256, scopes, expires");
  EXPECT_EQ(error_of_token("{}"), "tokens[0].name: is missing");
  EXPECT_EQ(error_of_token(R"({"name":"a"})"), "tokens[0].sha256: is missing");
}

TEST(Configuration, RefusesValuesOutsideTheirDomain) {
  const std::string name_rule =
      "tokens[0].name: expected 1 to 64 characters of A-Z a-z 0-9 . _ @ -";
  EXPECT_EQ(error_of_token(token("a b", kDigest)), name_rule);
  EXPECT_EQ(error_of_token(token(std::string(65, 'a'), kDigest)), name_rule);
  EXPECT_EQ(error_of_token(token(std::string(64, 'a'), kDigest)), "no error");
  const std::string digest_rule =
      "tokens[0].sha256: expected the SHA-256 of a token in 64 characters 0-9 a-f";
  EXPECT_EQ(error_of_token(token("a", std::string(63, 'a'))), digest_rule);
  EXPECT_EQ(error_of_token(token("a", std::string(65, 'a'))), digest_rule);
  EXPECT_EQ(error_of_token(token("a", std::string(64, 'A'))), digest_rule);
  EXPECT_EQ(error_of_token(token("a", std::string(64, 'g'))), digest_rule);
  const std::string open = R"({"name":"a","sha256":")" + kDigest + R"(","scopes":")";
  EXPECT_EQ(error_of_token(open + R"(items:*"})"),
            "tokens[0].scopes: expected items:read, items:write and items:delete, separated by "
            "single spaces");
  EXPECT_EQ(error_of_token(open + R"(items:read","expires":"tomorrow"})"),
            "tokens[0].expires: expected a time as in 2027-01-31T00:00:00Z");
  EXPECT_EQ(error_of_token(open + R"(items:read","expires":7})"),
            "tokens[0].expires: expected a string of 1 to 1024 bytes without control characters");
}

TEST(Configuration, HasLinesOf1To1024Bytes) {
  const auto error_of_name = [](const std::string& name) {
    return error_of_issuer(R"({"issuer":")" + name + R"(","audience":["picus"]})");
  };
  EXPECT_EQ(error_of_name(std::string(1024, 'a')), "no error");
  EXPECT_EQ(error_of_name("\xC3\xA9 \xF0\x9F\x90\xA6"), "no error");
  for (const std::string& name : {std::string(), std::string(1025, 'a'), std::string(R"(a\n)"),
                                  std::string(R"(\u001f)"), std::string("\x7F")}) {
    EXPECT_EQ(error_of_name(name),
              "issuers[0].issuer: expected a string of 1 to 1024 bytes without control characters");
  }
}

TEST(Configuration, HasNamesOfTokensThatNeedNoQuotes) {
  for (int c = 0; c < 256; ++c) {
    const bool is_allowed =
        std::isalnum(c) != 0 || std::string_view("._@-").contains(static_cast<char>(c));
    EXPECT_EQ(is_token_name(std::string("a") + static_cast<char>(c)), is_allowed) << c;
  }
  EXPECT_FALSE(is_token_name(""));
}

TEST(Configuration, IsNeitherLargeNorDeep) {
  const auto padded = [](std::size_t size) { return "{}" + std::string(size - 2, ' '); };
  EXPECT_EQ(error_of(padded(4'194'304)), "no error");
  EXPECT_EQ(error_of(padded(4'194'305)), "is larger than 4194304 bytes");
  EXPECT_EQ(error_of(R"({"x":[[[[[[[1]]]]]]]})"),
            "unknown member x; expected tokens, issuers, revoked");
  EXPECT_EQ(error_of(R"({"x":[[[[[[[[1]]]]]]]]})"), "line 1, column 13: nested too deeply");
}

TEST(Configuration, RefusesTwins) {
  EXPECT_EQ(error_of_token(token("a", kDigest) + "," + token("a", kOtherDigest)),
            "tokens[1].name: is that of tokens[0]");
  EXPECT_EQ(error_of_token(token("a", kDigest) + "," + token("b", kDigest)),
            "tokens[1].sha256: is that of tokens[0]");
  const std::string issuer = R"({"issuer":"https://a.example.com","audience":["picus"]})";
  EXPECT_EQ(error_of_issuer(issuer + "," + issuer), "issuers[1].issuer: is that of issuers[0]");
  EXPECT_EQ(error_of(R"({"tokens":[],"tokens":[]})"),
            "line 1, column 26: a name occurs twice in the object that ends here");
}

TEST(Configuration, DemandsAnAudience) {
  const std::string fault =
      "issuers[0].audience: expected an array with at least one string: without it, tokens for "
      "other services would be valid here";
  EXPECT_EQ(error_of_issuer(R"({"issuer":"https://a.example.com"})"), fault);
  EXPECT_EQ(error_of_issuer(R"({"issuer":"https://a.example.com","audience":[]})"), fault);
  EXPECT_EQ(error_of_issuer(R"({"issuer":"https://a.example.com","audience":"picus"})"),
            "issuers[0].audience: expected an array");
  EXPECT_EQ(error_of_issuer(R"({"issuer":"https://a.example.com","audience":["a",""]})"),
            "issuers[0].audience[1]: expected a string");
  EXPECT_EQ(error_of_issuer(R"({"issuer":"https://a.example.com","audience":["a",7]})"),
            "issuers[0].audience[1]: expected a string");
}

TEST(Configuration, RefusesGrantsAndRevocationsThatSayNothing) {
  const std::string open = R"({"issuer":"https://a.example.com","audience":["picus"],)";
  EXPECT_EQ(error_of_issuer(open + R"("scopes":"all"})"),
            "issuers[0].scopes: expected grants or token");
  EXPECT_EQ(error_of_issuer(open + R"("grants":[]})"), "issuers[0].grants: expected an object");
  EXPECT_EQ(error_of_issuer(open + R"("grants":{"a":7}})"),
            "issuers[0].grants[0]: expected a string of scopes");
  EXPECT_EQ(error_of_issuer(open + R"("grants":{"":"items:read"}})"),
            "issuers[0].grants[0]: expected the claim sub as a name");
  EXPECT_EQ(error_of(R"({"revoked":[{"issuer":"https://a.example.com","sub":"a"}]})"),
            "revoked[0].issuer: is not one of issuers");
  const std::string issuers = R"({"issuers":[)" + open + R"("scopes":"grants"}],"revoked":[)";
  EXPECT_EQ(error_of(issuers + R"({"issuer":"https://a.example.com"}]})"),
            "revoked[0]: expected one of sub and jti");
  EXPECT_EQ(error_of(issuers + R"({"issuer":"https://a.example.com","sub":"a","jti":"b"}]})"),
            "revoked[0]: expected one of sub and jti");
}

TEST(Configuration, ShowsNoSecretThatStandsInAWrongPlace) {
  const std::string secret = new_api_token();
  for (const std::string& text :
       {R"({")" + secret + R"(":1})", R"({"tokens":[{")" + secret + R"(":1}]})",
        R"({"tokens":[")" + secret + R"("]})", R"({"tokens":[)" + token(secret, secret) + "]}",
        R"({"tokens":[)" + token(secret, kDigest) + "]}",
        R"({"tokens":[)" + token("a", secret) + "]}", secret}) {
    EXPECT_NE(error_of(text), "no error") << text;
    EXPECT_FALSE(error_of(text).contains(secret)) << error_of(text);
  }
  // A part of a token, and what could look like another line of the log.
  for (const std::string& name : {secret.substr(0, 33), std::string(R"(a\nb)")}) {
    EXPECT_EQ(error_of(R"({")" + name + R"(":1})"),
              "unknown member; expected tokens, issuers, revoked");
  }
}

TEST(Configuration, IsWrittenAsItIsRead) {
  const std::string text =
      "{\n \"tokens\": [\n  {\"name\": \"a\", \"sha256\": \"" + kDigest +
      "\", \"scopes\": \"items:read\", \"expires\": \"2026-11-24T21:30:00Z\"},\n  {\"name\": "
      "\"b\", \"sha256\": \"" +
      kOtherDigest +
      "\", \"scopes\": \"items:delete\"}\n ],\n \"issuers\": [\n  {\"issuer\": "
      "\"https://a.example.com\", \"keys\": \"keys.json\", \"audience\": [\"a\", \"b\"], "
      "\"scopes\": \"token\", \"grants\": {\"x\\n\": \"items:read\", \"y\": \"items:write\"}}\n "
      "],\n \"revoked\": [\n  {\"issuer\": \"https://a.example.com\", \"jti\": \"7\"}\n ]\n}\n";
  const std::string readable = std::string(text).replace(text.find("x\\n"), 3, "x");
  const auto parsed = parse_configuration(readable);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(text_of(*parsed, Digests::shown), readable);
  EXPECT_EQ(error_of(text), "issuers[0].grants[0]: expected the claim sub as a name");
}

TEST(Configuration, IsShownWithoutDigests) {
  const auto parsed = parse_configuration(R"({"tokens":[)" + token("a", kDigest) + "]}");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(text_of(*parsed, Digests::hidden),
            "{\n \"tokens\": [\n  {\"name\": \"a\", \"scopes\": \"items:read\"}\n ]\n}\n");
  EXPECT_EQ(text_of(Configuration(), Digests::shown), "{\n}\n");
}

TEST(Configuration, ShowsWhichTokensHaveExpired) {
  const auto text = [](const std::string& expires, Digests digests) {
    const std::string entry = token("a", kDigest);
    return text_of(*parse_configuration(R"({"tokens":[)" + entry.substr(0, entry.size() - 1) +
                                        R"(,"expires":")" + expires + R"("}]})"),
                   digests);
  };
  EXPECT_TRUE(text("2020-01-01T00:00:00Z", Digests::hidden).contains("\"expired\": true"));
  EXPECT_FALSE(text("2999-01-01T00:00:00Z", Digests::hidden).contains("expired"));
  EXPECT_FALSE(text("2020-01-01T00:00:00Z", Digests::shown).contains("expired"));
}

}  // namespace
}  // namespace picus::auth
