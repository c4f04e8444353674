#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/api_token.h"
#include "auth/scope.h"

/// The principals and their scopes, from the file of --auth-file.
namespace picus::auth {

struct ApiTokenEntry {
  std::string name;  ///< 1 to 64 characters of A-Z a-z 0-9 . _ @ -
  TokenDigest digest{};
  Scopes scopes;
  std::optional<std::chrono::sys_seconds> expires;
};

/// An issuer of JWTs.
struct IssuerEntry {
  std::string issuer;  ///< the claim `iss`, byte by byte
  /// A file, or an https URL, of a JSON Web Key Set; empty: the discovery document of the issuer
  /// has the URL.
  std::string keys;
  std::vector<std::string> audience;  ///< the claim `aud` has one of these
  bool trusts_scope_claims = false;   ///< the claims `scope` and `scp` count besides the grants
  std::map<std::string, Scopes, std::less<>> grants;  ///< by the claim `sub`
};

/// A rule for which tokens of an issuer are refused: it has one of the two members.
struct Revocation {
  std::string issuer;
  std::string subject;
  std::string token_id;
};

struct Configuration {
  std::vector<ApiTokenEntry> tokens;
  std::vector<IssuerEntry> issuers;
  std::vector<Revocation> revoked;
};

inline constexpr std::size_t kMaxConfigurationBytes = 4UZ * 1024 * 1024;

/// Reads a configuration. A name that is unknown or occurs twice, an entry without what it needs,
/// two tokens with one name or one digest, and two entries of an issuer are errors. Error: the
/// place and the description, `tokens[0].expires: …`; no digest, and nothing that could be a token.
std::expected<Configuration, std::string> parse_configuration(std::string_view text);

/// Whether a token may have this name.
bool is_token_name(std::string_view name);

enum class Digests : std::uint8_t { shown, hidden };

/// The text of a configuration, which parse_configuration reads unless the digests are hidden.
std::string text_of(const Configuration& configuration, Digests digests);

}  // namespace picus::auth
