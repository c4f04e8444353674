#include "auth/testing/token_maker.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <vector>

#include "core/base64.h"
#include "core/bytes.h"

namespace picus::auth::testing {
namespace {

constexpr std::size_t kScalar = 32;

EVP_PKEY* make_key(Algorithm algorithm, unsigned rsa_bits) {
  switch (algorithm) {
    case Algorithm::rs256:
      return EVP_RSA_gen(rsa_bits);
    case Algorithm::es256:
      return EVP_EC_gen("prime256v1");
    case Algorithm::ed25519:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  }
  throw std::logic_error("no such algorithm");
}

std::string padded(const BIGNUM* number, std::size_t size) {
  std::string bytes(size, '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size));
  return bytes;
}

/// r‖s of a signature in DER.
std::string raw_of(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* const both = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
  const std::string raw =
      padded(ECDSA_SIG_get0_r(both), kScalar) + padded(ECDSA_SIG_get0_s(both), kScalar);
  ECDSA_SIG_free(both);
  return raw;
}

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string text;
  append_base64url(text, bytes_of(bytes));
  return text;
}

SigningKey::SigningKey(Algorithm algorithm, evp_pkey_st* key) : algorithm_(algorithm), key_(key) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

void SigningKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

SigningKey SigningKey::make(Algorithm algorithm, unsigned rsa_bits) {
  EVP_PKEY* const key = make_key(algorithm, rsa_bits);
  if (key == nullptr) throw std::runtime_error("OpenSSL makes no key");
  return {algorithm, key};
}

std::string SigningKey::sign_in_der(std::string_view text) const {
  const bool hashes = algorithm_ != Algorithm::ed25519;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  std::size_t size = 0;
  std::string signature;
  EVP_DigestSignInit_ex(context, nullptr, hashes ? "SHA256" : nullptr, nullptr, nullptr, key_.get(),
                        nullptr);
  EVP_DigestSign(context, nullptr, &size, bytes, text.size());
  signature.resize(size);
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                 text.size());
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return signature;
}

std::string SigningKey::sign(std::string_view text) const {
  std::string signature = sign_in_der(text);
  return algorithm_ == Algorithm::es256 ? raw_of(signature) : signature;
}

std::string SigningKey::number(const char* name, std::size_t size) const {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key_.get(), name, &number);
  std::string bytes =
      padded(number, size == 0 ? static_cast<std::size_t>(BN_num_bytes(number)) : size);
  BN_free(number);
  return base64url(bytes);
}

std::string SigningKey::jwk(std::string_view id, std::string_view more) const {
  std::string text = R"({"kid":")" + std::string(id) + R"(",)";
  switch (algorithm_) {
    case Algorithm::rs256:
      text += R"("kty":"RSA","n":")" + number(OSSL_PKEY_PARAM_RSA_N, 0) + R"(","e":")" +
              number(OSSL_PKEY_PARAM_RSA_E, 0);
      break;
    case Algorithm::es256:
      text += R"("kty":"EC","crv":"P-256","x":")" + number(OSSL_PKEY_PARAM_EC_PUB_X, kScalar) +
              R"(","y":")" + number(OSSL_PKEY_PARAM_EC_PUB_Y, kScalar);
      break;
    case Algorithm::ed25519:
      std::string key(kScalar, '\0');
      std::size_t size = key.size();
      EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(key.data()), &size);
      text += R"("kty":"OKP","crv":"Ed25519","x":")" + base64url(key);
      break;
  }
  return text.append("\"").append(more) + "}";
}

std::string key_set(std::initializer_list<std::string> jwks) {
  std::string text = R"({"keys":[)";
  for (const std::string& jwk : jwks) text.append(text.ends_with('[') ? "" : ",").append(jwk);
  return text + "]}";
}

std::string signing_input(std::string_view header, std::string_view claims) {
  return base64url(header) + "." + base64url(claims);
}

std::string jwt(const SigningKey& key, std::string_view header, std::string_view claims) {
  const std::string text = signing_input(header, claims);
  return text + "." + base64url(key.sign(text));
}

}  // namespace picus::auth::testing
