#include "core/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <stdexcept>

namespace picus {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

/// Fetching an algorithm takes longer than hashing an item: once a process.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kAlgorithm;
}

/// Settled on SHA-256; what is left to set is the key.
EVP_MAC_CTX* new_hmac_context() {
  static EVP_MAC* const kAlgorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MAC_CTX* const context = EVP_MAC_CTX_new(kAlgorithm);
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  EVP_MAC_CTX_set_params(context, parameters.data());
  return context;
}

}  // namespace

std::array<std::uint8_t, 32> sha256(std::initializer_list<std::string_view> parts) {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> kContext(EVP_MD_CTX_new());
  std::array<std::uint8_t, 32> digest{};
  bool good = EVP_DigestInit_ex2(kContext.get(), sha256_algorithm(), nullptr) == 1;
  for (const std::string_view part : parts) {
    good = good && EVP_DigestUpdate(kContext.get(), part.data(), part.size()) == 1;
  }
  good = good && EVP_DigestFinal_ex(kContext.get(), digest.data(), nullptr) == 1;
  if (!good) throw std::runtime_error("SHA-256 is not available");
  return digest;
}

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::string_view text) {
  thread_local const std::unique_ptr<EVP_MAC_CTX, FreeContext> kContext(new_hmac_context());
  std::array<std::uint8_t, 32> code{};
  std::size_t size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  const bool good = EVP_MAC_init(kContext.get(), key.data(), key.size(), nullptr) == 1 &&
                    EVP_MAC_update(kContext.get(), bytes, text.size()) == 1 &&
                    EVP_MAC_final(kContext.get(), code.data(), &size, code.size()) == 1;
  if (!good || size != code.size()) throw std::runtime_error("HMAC is not available");
  return code;
}

}  // namespace picus
