#include "cli/token_show.h"

#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <expected>
#include <optional>
#include <string>
#include <utility>

#include "auth/api_token.h"
#include "auth/jwt.h"
#include "cli/command_log.h"
#include "cli/input.h"
#include "cli/output.h"
#include "config/access_control.h"
#include "core/ascii.h"
#include "core/concat.h"
#include "core/escaped.h"
#include "core/run.h"
#include "core/time_text.h"

namespace picus::cli {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::size_t kMostInput = 64UZ * 1024;
constexpr std::chrono::milliseconds kPatience{4000};

sys_seconds now() { return std::chrono::floor<seconds>(std::chrono::system_clock::now()); }

std::expected<std::string, InputEnd> read_token(const TokenCommandOptions& options,
                                                const Signals& signals) {
  const std::string name = options.token_file.empty() ? "-" : options.token_file.string();
  auto input = Input::open(name, signals);
  if (!input) return std::unexpected(InputEnd{.interrupted = false, .message = input.error()});
  std::string text;
  while (text.size() <= kMostInput) {
    const auto piece = (*input)->read();
    if (!piece) return std::unexpected(piece.error());
    if (piece->empty()) break;
    text += *piece;
  }
  const std::string_view token = trimmed(text);
  if (token.empty()) {
    return std::unexpected(
        InputEnd{.interrupted = false, .message = (*input)->name() + ": no token"});
  }
  return std::string(token);
}

std::string_view name_of(auth::Algorithm algorithm) {
  switch (algorithm) {
    case auth::Algorithm::rs256:
      return "RS256";
    case auth::Algorithm::es256:
      return "ES256";
    case auth::Algorithm::ed25519:
      return "Ed25519";
  }
  std::unreachable();
}

/// A claim for people: texts without quotes, times as times.
std::string shown(std::string_view name, const boost::json::value& claim) {
  constexpr double kYear10000 = 253'402'300'800;
  if (const auto* const text = claim.if_string()) return std::string(*text);
  const bool is_time = name == "exp" || name == "nbf" || name == "iat" || name == "auth_time";
  if (is_time && claim.is_number()) {
    const auto time = claim.to_number<double>();
    if (time >= 0 && time < kYear10000) {
      return iso8601(sys_seconds(seconds(static_cast<std::int64_t>(std::floor(time)))));
    }
  }
  return serialize(claim);
}

std::string description_of(const auth::Jwt& jwt) {
  std::string text = concat("a JSON Web Token, signed with ", name_of(jwt.algorithm));
  if (jwt.key_id) text += " by the key " + *jwt.key_id;
  text += '\n';
  for (const auto& claim : jwt.claims) {
    text +=
        concat("  ", std::string_view(claim.key()), ": ", shown(claim.key(), claim.value()), "\n");
  }
  return text;
}

/// What the token contains. The error is why it cannot be valid anywhere.
std::expected<std::string, std::string> describe(const std::string& token) {
  if (token.starts_with(auth::kApiTokenPrefix)) {
    if (auth::is_api_token(token)) return "an API token; its check characters match\n";
    return std::unexpected("an API token with a typing error, or a part of one");
  }
  const auto jwt = auth::Jwt::parse(token);
  if (!jwt) return std::unexpected("not a token: " + std::string(jwt.error()));
  return description_of(*jwt);
}

std::string words_of(const auth::Verdict& verdict) {
  if (verdict.principal == nullptr) return concat("refused: ", verdict.refusal->reason);
  const std::string scopes = verdict.principal->scopes().text();
  return concat("accepted as ", verdict.principal->label(),
                scopes.empty() ? ", without a scope: add it to grants" : ", with " + scopes);
}

}  // namespace

ExitCode token_show(const TokenCommandOptions& options, const Signals& signals) {
  const auto token = read_token(options, signals);
  if (!token && token.error().interrupted) return ExitCode::interrupted;
  if (!token) return fail(token.error().message);
  const auto description = describe(*token);
  if (!description) return fail(description.error());
  if (!options.access.is_on()) return print(escaped_controls(*description));
  CommandLog log;
  const auto access =
      AccessControl::open(options.access, {.in_advance = false, .max_wait = kPatience}, log);
  if (!access) return fail(access.error());
  const std::string value = "Bearer " + *token;
  const auth::Verdict verdict =
      run((*access)->verifier().admit({.authorization = value}, auth::Scope::items_read, now()));
  const ExitCode printed = print(escaped_controls(*description + words_of(verdict) + "\n"));
  return verdict.principal != nullptr ? printed : ExitCode::failed;
}

}  // namespace picus::cli
