#include "auth/key_set.h"

#include <gtest/gtest.h>

#include "auth/testing/token_maker.h"

namespace picus::auth {
namespace {

using testing::key_set;
using testing::SigningKey;

const SigningKey& rsa() {
  static const SigningKey kKey = SigningKey::make(Algorithm::rs256);
  return kKey;
}

std::string why_skipped(const std::string& jwk) {
  const auto set = KeySet::parse(key_set({jwk}));
  if (!set) return "the set: " + set.error();
  return set->skipped().empty() ? "used" : set->skipped().front();
}

TEST(KeySet, FindsAKeyByItsId) {
  const SigningKey ec = SigningKey::make(Algorithm::es256);
  const SigningKey ed = SigningKey::make(Algorithm::ed25519);
  const auto set = KeySet::parse(key_set({rsa().jwk("1"), ec.jwk("2"), ed.jwk("3")}));
  ASSERT_TRUE(set) << set.error();
  EXPECT_EQ(set->size(), 3);
  EXPECT_TRUE(set->skipped().empty());
  const PublicKey* const found = set->find("2", Algorithm::es256);
  ASSERT_NE(found, nullptr);
  EXPECT_TRUE(found->verifies("text", ec.sign("text")));
  EXPECT_EQ(set->find("4", Algorithm::es256), nullptr);
  EXPECT_EQ(set->find("", Algorithm::es256), nullptr);
}

TEST(KeySet, NeverGivesAKeyToAnotherAlgorithm) {
  const auto set = KeySet::parse(key_set({rsa().jwk("1")}));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->find("1", Algorithm::es256), nullptr);
  EXPECT_EQ(set->find("1", Algorithm::ed25519), nullptr);
  EXPECT_EQ(set->find(std::nullopt, Algorithm::es256), nullptr);
  EXPECT_NE(set->find("1", Algorithm::rs256), nullptr);
}

TEST(KeySet, WithoutAnIdGivesTheOnlyKeyOfTheAlgorithm) {
  const SigningKey ec = SigningKey::make(Algorithm::es256);
  const SigningKey other = SigningKey::make(Algorithm::es256);
  const auto one = KeySet::parse(key_set({rsa().jwk("1"), ec.jwk("2")}));
  const auto two = KeySet::parse(key_set({ec.jwk("2"), other.jwk("3")}));
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->find(std::nullopt, Algorithm::es256), nullptr);
  EXPECT_EQ(two->find(std::nullopt, Algorithm::es256), nullptr);
}

TEST(KeySet, UsesAKeyWhoseMembersAgree) {
  EXPECT_EQ(why_skipped(rsa().jwk("1", R"(,"alg":"RS256","use":"sig","key_ops":["verify"])")),
            "used");
  EXPECT_EQ(why_skipped(rsa().jwk("1", R"(,"x5c":["junk"],"x5u":"https://a.example.com/")")),
            "used");
}

TEST(KeySet, SkipsAKeyOfAnotherUse) {
  EXPECT_EQ(why_skipped(rsa().jwk("1", R"(,"alg":"RS512")")), "keys[0]: for another algorithm");
  EXPECT_EQ(why_skipped(rsa().jwk("1", R"(,"alg":"HS256")")), "keys[0]: for another algorithm");
  EXPECT_EQ(why_skipped(rsa().jwk("1", R"(,"alg":7)")), "keys[0]: for another algorithm");
  for (const char* use : {R"("enc")", R"("tls")", R"("")", "7", "null"}) {
    EXPECT_EQ(why_skipped(rsa().jwk("1", R"(,"use":)" + std::string(use))),
              "keys[0]: not for signatures");
  }
  EXPECT_EQ(why_skipped(rsa().jwk("1", R"(,"key_ops":["encrypt"])")), "keys[0]: not for verifying");
  EXPECT_EQ(why_skipped(rsa().jwk("1", R"(,"key_ops":"verify")")), "keys[0]: not for verifying");
}

TEST(KeySet, SkipsAKeyThatIsBrokenOrUnknown) {
  EXPECT_EQ(why_skipped("7"), "keys[0]: not an object");
  EXPECT_EQ(why_skipped("{}"), "keys[0]: not RSA, P-256 or Ed25519");
  EXPECT_EQ(why_skipped(R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})"),
            "keys[0]: not RSA, P-256 or Ed25519");
  EXPECT_EQ(why_skipped(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})"),
            "keys[0]: a coordinate that is not 32 bytes long");
  EXPECT_EQ(why_skipped(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"),
            "keys[0]: a modulus of less than 2048 bits");
  const std::string bytes = testing::base64url(std::string(32, 'x'));
  EXPECT_EQ(why_skipped(R"({"kty":"OKP","crv":"X25519","x":")" + bytes + R"("})"),
            "keys[0]: not RSA, P-256 or Ed25519");
  EXPECT_EQ(why_skipped(R"({"kty":"OKP","crv":"Ed25519","x":")" + bytes + R"("})"), "used");
  for (const char* kind : {R"("kty":"OKP","crv":"P-256")", R"("kty":"EC","crv":"Ed25519")"}) {
    const std::string point = R"(,"x":")" + bytes + R"(","y":")" + bytes + R"("})";
    EXPECT_EQ(why_skipped("{" + std::string(kind) + point), "keys[0]: not RSA, P-256 or Ed25519");
  }
  EXPECT_EQ(why_skipped(R"({"kty":"RSA","e":"AQAB","n":")" + std::string(342, 'A') + R"(=="})"),
            "keys[0]: n, e, x or y is not base64url without padding");
  EXPECT_EQ(why_skipped(R"({"kty":"OKP","crv":"Ed25519","kid":7,"x":")" + bytes + R"("})"),
            "keys[0]: an unusable kid");
  EXPECT_EQ(why_skipped(rsa().jwk(std::string(257, 'k'))), "keys[0]: an unusable kid");
  EXPECT_EQ(why_skipped(rsa().jwk(std::string(256, 'k'))), "used");
}

TEST(KeySet, SkipsASecretThatIsPublic) {
  EXPECT_EQ(why_skipped(R"({"kty":"oct","k":"AAAA"})"), "keys[0]: its secret part is public");
  EXPECT_EQ(why_skipped(rsa().jwk("1", R"(,"d":"AQAB")")), "keys[0]: its secret part is public");
}

TEST(KeySet, SkipsTheSecondKeyWithAnId) {
  const auto set = KeySet::parse(key_set({rsa().jwk("1"), rsa().jwk("1"), "{}"}));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 1);
  EXPECT_EQ(set->skipped().front(), "keys[1]: the same kid twice");
}

TEST(KeySet, HasOneIdForTwoAlgorithmsAndManyKeysWithoutOne) {
  const SigningKey ec = SigningKey::make(Algorithm::es256);
  const std::string bytes = testing::base64url(std::string(32, 'x'));
  const std::string unnamed = R"({"kty":"OKP","crv":"Ed25519","x":")" + bytes + R"("})";
  const auto set = KeySet::parse(key_set({rsa().jwk("1"), ec.jwk("1"), unnamed, unnamed}));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 4);
  EXPECT_EQ(set->find(std::nullopt, Algorithm::ed25519), nullptr);
}

TEST(KeySet, GivesAKeyWithoutAnIdOnlyToATokenWithoutOne) {
  const std::string bytes = testing::base64url(std::string(32, 'x'));
  const auto set =
      KeySet::parse(key_set({R"({"kty":"OKP","crv":"Ed25519","x":")" + bytes + R"("})"}));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->find("1", Algorithm::ed25519), nullptr);
  EXPECT_EQ(set->find("", Algorithm::ed25519), nullptr);
  EXPECT_NE(set->find(std::nullopt, Algorithm::ed25519), nullptr);
}

TEST(KeySet, IsRefusedAsAWhole) {
  for (const std::string text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[],"keys":[]})"}) {
    EXPECT_FALSE(KeySet::parse(text)) << text;
  }
  EXPECT_TRUE(KeySet::parse(R"({"keys":[]})"));
  const auto with_keys = [](std::size_t count) {
    std::string text = R"({"keys":[{})";
    for (std::size_t i = 1; i < count; ++i) text += ",{}";
    return text + "]}";
  };
  EXPECT_TRUE(KeySet::parse(with_keys(100)));
  EXPECT_EQ(KeySet::parse(with_keys(101)).error(), "more than 100 keys");
  const std::string none = R"({"keys":[]})";
  EXPECT_TRUE(KeySet::parse(none + std::string(150'000 - none.size(), ' ')));
  EXPECT_EQ(KeySet::parse(none + std::string(150'001 - none.size(), ' ')).error(),
            "more than 150000 bytes");
  const auto nested = [](std::size_t levels) {
    return R"({"keys":[],"x":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  EXPECT_TRUE(KeySet::parse(nested(8)));
  EXPECT_FALSE(KeySet::parse(nested(9)));
}

}  // namespace
}  // namespace picus::auth
