#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "auth/public_key.h"

namespace picus::auth::testing {

std::string base64url(std::string_view bytes);

/// The secret key of an issuer.
class SigningKey {
 public:
  static SigningKey make(Algorithm algorithm, unsigned rsa_bits = 2048);

  SigningKey(SigningKey&&) noexcept;
  ~SigningKey();

  [[nodiscard]] Algorithm algorithm() const { return algorithm_; }
  /// The signature in the form that a JWT carries, not encoded.
  [[nodiscard]] std::string sign(std::string_view text) const;
  /// An ECDSA signature as OpenSSL writes it.
  [[nodiscard]] std::string sign_in_der(std::string_view text) const;
  /// The public key as a JWK; `more` are members of it, each with a comma in front.
  [[nodiscard]] std::string jwk(std::string_view id, std::string_view more = "") const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };

  SigningKey(Algorithm algorithm, evp_pkey_st* key);
  [[nodiscard]] std::string number(const char* name, std::size_t size) const;

  Algorithm algorithm_;
  std::unique_ptr<evp_pkey_st, Free> key_;
};

/// `{"keys":[…]}`
std::string key_set(std::initializer_list<std::string> jwks);

/// The text that is signed.
std::string signing_input(std::string_view header, std::string_view claims);

/// A whole token.
std::string jwt(const SigningKey& key, std::string_view header, std::string_view claims);

}  // namespace picus::auth::testing
