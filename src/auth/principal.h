#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "auth/scope.h"

namespace picus::auth {

/// The authenticated sender of a request.
class Principal {
 public:
  /// The holder of the API token with this name.
  static Principal of_api_token(std::string_view name, Scopes scopes);
  /// The subject of a token of an issuer.
  static Principal of_issuer(std::string_view issuer, std::string_view subject, Scopes scopes);

  [[nodiscard]] Scopes scopes() const { return scopes_; }
  /// Two principals have equal names only if they are the same one. For idempotency.
  [[nodiscard]] std::string_view name() const {
    return std::string_view(text_).substr(0, name_bytes_);
  }
  /// For log lines: at most 128 characters of printable ASCII.
  [[nodiscard]] std::string_view label() const {
    return std::string_view(text_).substr(name_bytes_);
  }

 private:
  Principal(std::string_view name, std::string_view label, Scopes scopes);

  // One string: a thread keeps thousands of principals.
  std::string text_;  // the name, then the label
  std::uint32_t name_bytes_;
  Scopes scopes_;
};

}  // namespace picus::auth
