#include "auth/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <string>
#include <utility>

#include "core/bytes.h"

namespace picus::auth {
namespace {

constexpr std::size_t kScalarBytes = 32;
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr int kMaxRsaExponentBits = 64;

struct Release {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
};
template <typename T>
using Owned = std::unique_ptr<T, Release>;

Owned<BIGNUM> number_of(std::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(bytes_of(bytes).data(), static_cast<int>(bytes.size()), nullptr));
}

/// Null where the parameters are those of no key. OpenSSL checks that a point lies on its curve.
EVP_PKEY* key_of(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1) {
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
  }
  ERR_clear_error();
  return key;
}

/// The DER form, which OpenSSL reads, of an ECDSA signature r‖s; empty where it can be none.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * kScalarBytes) return {};
  const std::string_view r = signature.substr(0, kScalarBytes);
  const std::string_view s = signature.substr(kScalarBytes);
  const Owned<ECDSA_SIG> both(ECDSA_SIG_new());
  ECDSA_SIG_set0(both.get(), number_of(r).release(), number_of(s).release());
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(both.get(), nullptr)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(both.get(), &out);
  return der;
}

}  // namespace

PublicKey::PublicKey(Algorithm algorithm, Handle handle)
    : algorithm_(algorithm), handle_(std::move(handle)) {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

void PublicKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

PublicKey::Made PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  if (modulus.size() * 8 > kMaxRsaBits) return std::unexpected("a modulus of more than 8192 bits");
  const Owned<BIGNUM> n = number_of(modulus);
  const Owned<BIGNUM> e = number_of(exponent);
  if (BN_num_bits(n.get()) < kMinRsaBits) {
    return std::unexpected("a modulus of less than 2048 bits");
  }
  const bool is_usable = BN_is_odd(n.get()) == 1 && BN_is_odd(e.get()) == 1 &&
                         BN_is_one(e.get()) == 0 && BN_num_bits(e.get()) <= kMaxRsaExponentBits;
  if (!is_usable) return std::unexpected("not an RSA key");
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  Handle key(key_of("RSA", builder.get()));
  if (!key) return std::unexpected("not an RSA key");
  return PublicKey(Algorithm::rs256, std::move(key));
}

PublicKey::Made PublicKey::p256(std::string_view x, std::string_view y) {
  if (x.size() != kScalarBytes || y.size() != kScalarBytes) {
    return std::unexpected("a coordinate that is not 32 bytes long");
  }
  const std::string point = "\x04" + std::string(x) + std::string(y);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  Handle key(key_of("EC", builder.get()));
  if (!key) return std::unexpected("a point that is not on P-256");
  return PublicKey(Algorithm::es256, std::move(key));
}

PublicKey::Made PublicKey::ed25519(std::string_view key) {
  Handle handle(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, bytes_of(key).data(),
                                               key.size()));
  if (!handle) return std::unexpected("not an Ed25519 key");
  return PublicKey(Algorithm::ed25519, std::move(handle));
}

bool PublicKey::verifies(std::string_view text, std::string_view signature) const {
  const char* const digest = algorithm_ == Algorithm::ed25519 ? nullptr : "SHA256";
  std::string der;
  if (algorithm_ == Algorithm::es256) signature = der = der_of(signature);
  // OpenSSL refuses signatures of another length, and r and s of ECDSA outside [1, n-1].
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  // RSA's padding is PKCS #1 v1.5 unless it is set.
  const bool good = EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr,
                                            handle_.get(), nullptr) == 1 &&
                    EVP_DigestVerify(context.get(), bytes_of(signature).data(), signature.size(),
                                     bytes_of(text).data(), text.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace picus::auth
