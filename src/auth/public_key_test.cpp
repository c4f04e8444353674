#include "auth/public_key.h"

#include <gtest/gtest.h>

#include "auth/key_set.h"
#include "auth/testing/token_maker.h"
#include "core/base64.h"

namespace picus::auth {
namespace {

using testing::SigningKey;

// RFC 7515, A.2 and A.3: the same claims.
constexpr std::string_view kRfcClaims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";
constexpr std::string_view kRfcRsaKey =
    R"({"kty":"RSA","e":"AQAB","n":")"
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4"
    "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rex"
    "MdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFv"
    "UK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\"}";
constexpr std::string_view kRfcRsaSignature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5j"
    "ujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L"
    "07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEU"
    "ipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
constexpr std::string_view kRfcEcKey =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr std::string_view kRfcEcSignature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
// RFC 8037, A.4.
constexpr std::string_view kRfcEdKey =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr std::string_view kRfcEdText = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
constexpr std::string_view kRfcEdSignature =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

/// The order of P-256.
const std::string kOrder = *decode_base64url("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");

bool verifies(std::string_view jwk, Algorithm algorithm, std::string_view text,
              const std::string& signature) {
  const auto keys = KeySet::parse(testing::key_set({std::string(jwk)}));
  const PublicKey* const key = keys ? keys->find(std::nullopt, algorithm) : nullptr;
  EXPECT_NE(key, nullptr) << jwk;
  return key != nullptr && key->verifies(text, signature);
}

bool verifies(const SigningKey& key, std::string_view text, const std::string& signature) {
  return verifies(key.jwk("a"), key.algorithm(), text, signature);
}

TEST(PublicKey, VerifiesTheSignaturesOfTheRfcs) {
  const std::string claims(kRfcClaims);
  EXPECT_TRUE(verifies(kRfcRsaKey, Algorithm::rs256, "eyJhbGciOiJSUzI1NiJ9." + claims,
                       *decode_base64url(kRfcRsaSignature)));
  EXPECT_TRUE(verifies(kRfcEcKey, Algorithm::es256, "eyJhbGciOiJFUzI1NiJ9." + claims,
                       *decode_base64url(kRfcEcSignature)));
  EXPECT_TRUE(
      verifies(kRfcEdKey, Algorithm::ed25519, kRfcEdText, *decode_base64url(kRfcEdSignature)));
}

TEST(PublicKey, RefusesASignatureOfAnotherTextOrKey) {
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::es256, Algorithm::ed25519}) {
    const SigningKey key = SigningKey::make(algorithm);
    const SigningKey other = SigningKey::make(algorithm);
    const std::string signature = key.sign("text");
    EXPECT_TRUE(verifies(key, "text", signature));
    EXPECT_FALSE(verifies(key, "texu", signature));
    EXPECT_FALSE(verifies(key, "", signature));
    EXPECT_FALSE(verifies(other, "text", signature));
    for (std::size_t i = 0; i < signature.size(); i += 7) {
      std::string changed = signature;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      EXPECT_FALSE(verifies(key, "text", changed)) << i;
    }
  }
}

TEST(PublicKey, RefusesASignatureOfAnotherLength) {
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::es256, Algorithm::ed25519}) {
    const SigningKey key = SigningKey::make(algorithm);
    const std::string signature = key.sign("text");
    EXPECT_FALSE(verifies(key, "text", ""));
    EXPECT_FALSE(verifies(key, "text", signature.substr(1)));
    EXPECT_FALSE(verifies(key, "text", signature.substr(0, signature.size() - 1)));
    EXPECT_FALSE(verifies(key, "text", signature + '\0'));
    EXPECT_FALSE(verifies(key, "text", '\0' + signature));
  }
}

TEST(PublicKey, RefusesEcdsaNumbersOutsideTheirRange) {
  const SigningKey key = SigningKey::make(Algorithm::es256);
  const std::string good = key.sign("text");
  const std::string r = good.substr(0, 32);
  const std::string s = good.substr(32);
  const std::string zero(32, '\0');
  const std::string most(32, '\xFF');
  for (const std::string& wrong : {zero + zero, r + zero, zero + s, kOrder + s, r + kOrder,
                                   kOrder + kOrder, most + s, r + most}) {
    EXPECT_FALSE(verifies(key, "text", wrong));
  }
}

TEST(PublicKey, RefusesEcdsaNumbersWithLeadingZeros) {
  const SigningKey key = SigningKey::make(Algorithm::es256);
  const std::string good = key.sign("text");
  const std::string zero(1, '\0');
  EXPECT_FALSE(verifies(key, "text", good.substr(0, 32) + zero + good.substr(32)));
  EXPECT_FALSE(verifies(key, "text", zero + good.substr(0, 32) + zero + good.substr(32)));
}

TEST(PublicKey, RefusesEcdsaNumbersWithoutTheirLeadingZeros) {
  const SigningKey key = SigningKey::make(Algorithm::es256);
  std::string good = key.sign("text");
  while (good[32] != '\0') good = key.sign("text");
  EXPECT_TRUE(verifies(key, "text", good));
  EXPECT_FALSE(verifies(key, "text", good.substr(0, 32) + good.substr(33)));
}

TEST(PublicKey, RefusesEcdsaInDer) {
  const SigningKey key = SigningKey::make(Algorithm::es256);
  for (int i = 0; i < 64; ++i) EXPECT_FALSE(verifies(key, "text", key.sign_in_der("text")));
}

TEST(PublicKey, OfRsaHas2048To8192Bits) {
  const auto modulus = [](std::size_t bytes) { return std::string(bytes, '\xFF'); };
  EXPECT_TRUE(PublicKey::rsa(modulus(256), "\x01\x01"));
  EXPECT_TRUE(PublicKey::rsa(modulus(1024), "\x03"));
  EXPECT_FALSE(PublicKey::rsa(modulus(255), "\x03"));
  EXPECT_FALSE(PublicKey::rsa('\x7F' + modulus(255), "\x03"));
  EXPECT_FALSE(PublicKey::rsa(std::string(64, '\0') + modulus(255), "\x03"));
  EXPECT_FALSE(PublicKey::rsa(modulus(1025), "\x03"));
  EXPECT_FALSE(PublicKey::rsa("", "\x03"));
}

TEST(PublicKey, OfRsaHasAUsableExponent) {
  const std::string modulus(256, '\xFF');
  for (const std::string& exponent :
       {std::string(), std::string("\0", 1), std::string("\x01"), std::string("\x04"),
        std::string(9, '\xFF'), std::string(300, '\xFF')}) {
    EXPECT_FALSE(PublicKey::rsa(modulus, exponent));
  }
  EXPECT_FALSE(PublicKey::rsa(std::string(255, '\xFF') + '\xFE', "\x03"));
  EXPECT_TRUE(PublicKey::rsa(modulus, std::string(8, '\xFF')));
  EXPECT_FALSE(PublicKey::rsa(modulus, '\x01' + std::string(8, '\xFF')));
}

TEST(PublicKey, OfP256LiesOnTheCurve) {
  const std::string x = *decode_base64url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
  const std::string y = *decode_base64url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
  EXPECT_TRUE(PublicKey::p256(x, y));
  EXPECT_FALSE(PublicKey::p256(y, x));
  EXPECT_FALSE(PublicKey::p256(std::string(32, '\0'), std::string(32, '\0')));
  for (const auto& [wrong_x, wrong_y] :
       {std::pair(x.substr(1), y), std::pair('\0' + x, y), std::pair(x, std::string()),
        std::pair(x.substr(0, 31), x[31] + y), std::pair(x + y[0], y.substr(1))}) {
    EXPECT_EQ(PublicKey::p256(wrong_x, wrong_y).error(), "a coordinate that is not 32 bytes long");
  }
}

TEST(PublicKey, OfEd25519Has32Bytes) {
  EXPECT_TRUE(PublicKey::ed25519(std::string(32, 'a')));
  EXPECT_FALSE(PublicKey::ed25519(std::string(31, 'a')));
  EXPECT_FALSE(PublicKey::ed25519(std::string(33, 'a')));
}

}  // namespace
}  // namespace picus::auth
