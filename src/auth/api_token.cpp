#include "auth/api_token.h"

#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

#include "core/digest.h"

namespace picus::auth {
namespace {

constexpr std::string_view kBase62 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr unsigned kBase = 62;
/// 62^43 is just more than 2^256.
constexpr std::size_t kSecretBytes = 43;
constexpr std::size_t kCheckBytes = 6;
static_assert(kBase62.size() == kBase);
static_assert(kApiTokenPrefix.size() + kSecretBytes + kCheckBytes == kApiTokenBytes);

/// Divides a big-endian number by the base; the remainder.
unsigned divide(std::span<std::uint8_t> number) {
  unsigned remainder = 0;
  for (std::uint8_t& byte : number) {
    const unsigned value = remainder << 8U | byte;
    byte = static_cast<std::uint8_t>(value / kBase);
    remainder = value % kBase;
  }
  return remainder;
}

std::string check_characters(std::string_view text) {
  const auto digest = sha256({text});
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8U | digest[i];
  std::string check(kCheckBytes, '0');
  for (std::size_t i = kCheckBytes; i-- > 0; number /= kBase) check[i] = kBase62[number % kBase];
  return check;
}

}  // namespace

std::string api_token(std::span<const std::uint8_t, 32> random) {
  std::array<std::uint8_t, 32> number{};
  std::ranges::copy(random, number.begin());
  std::string secret(kSecretBytes, '0');
  for (std::size_t i = kSecretBytes; i-- > 0;) secret[i] = kBase62[divide(number)];
  std::string token = std::string(kApiTokenPrefix) + secret;
  token += check_characters(token);
  return token;
}

std::string new_api_token() {
  std::array<std::uint8_t, 32> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    throw std::runtime_error("the system provides no random bytes");
  }
  return api_token(random);
}

bool is_api_token(std::string_view text) {
  if (text.size() != kApiTokenBytes || !text.starts_with(kApiTokenPrefix)) return false;
  const auto is_digit = [](char c) { return kBase62.contains(c); };
  if (!std::ranges::all_of(text.substr(kApiTokenPrefix.size()), is_digit)) return false;
  const std::size_t checked = kApiTokenBytes - kCheckBytes;
  return check_characters(text.substr(0, checked)) == text.substr(checked);
}

TokenDigest digest_of(std::string_view token) { return sha256({token}); }

}  // namespace picus::auth
