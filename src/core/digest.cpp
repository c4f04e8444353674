#include "core/digest.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace picus {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// Fetching an algorithm takes longer than hashing an item: once a process.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kAlgorithm;
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

void append_base64url(std::string& out, std::span<const std::uint8_t> bytes) {
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8U | byte;
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += kAlphabet[bits >> static_cast<unsigned>(held) & 63U];
    }
  }
  if (held > 0) out += kAlphabet[bits << static_cast<unsigned>(6 - held) & 63U];
}

}  // namespace picus
