#pragma once

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
  [[nodiscard]] const std::string& name() const { return name_; }
  /// For log lines: at most 128 characters of printable ASCII.
  [[nodiscard]] const std::string& label() const { return label_; }

 private:
  Principal(std::string name, std::string label, Scopes scopes);

  std::string name_;
  std::string label_;
  Scopes scopes_;
};

}  // namespace picus::auth
