#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string_view>

struct evp_pkey_st;

namespace picus::auth {

/// How a token may be signed. A key has exactly one of them.
enum class Algorithm : std::uint8_t {
  rs256,    ///< RSA PKCS #1 v1.5 with SHA-256
  es256,    ///< ECDSA on P-256 with SHA-256
  ed25519,  ///< EdDSA on Curve25519
};

/// A key that signatures are checked with. Thread-safe. Numbers are big-endian bytes.
class PublicKey {
 public:
  using Made = std::expected<PublicKey, std::string_view>;

  // Errors: what is wrong with the key, static text.

  /// A modulus of 2048 to 8192 bits.
  static Made rsa(std::string_view modulus, std::string_view exponent);
  /// A point on P-256: two coordinates of 32 bytes.
  static Made p256(std::string_view x, std::string_view y);
  static Made ed25519(std::string_view key);

  PublicKey(PublicKey&&) noexcept;
  PublicKey& operator=(PublicKey&&) noexcept;
  ~PublicKey();

  [[nodiscard]] Algorithm algorithm() const { return algorithm_; }

  /// Whether `signature`, in the form of RFC 7518 and RFC 8037, is this key's signature of `text`.
  [[nodiscard]] bool verifies(std::string_view text, std::string_view signature) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;

  PublicKey(Algorithm algorithm, Handle handle);

  Algorithm algorithm_;
  Handle handle_;
};

}  // namespace picus::auth
