#include "auth/jwt.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "auth/document.h"
#include "core/ascii.h"
#include "core/base64.h"

namespace picus::auth {
namespace {

using boost::json::object;

constexpr std::size_t kMaxHeaderDepth = 4;
constexpr std::size_t kMaxClaimsDepth = 16;

/// A JSON object in base64url; nothing where it is none.
std::optional<object> object_of(std::string_view part, std::size_t max_depth) {
  const auto text = decode_base64url(part);
  if (!text) return std::nullopt;
  auto document = parse_document(*text, max_depth);
  if (!document || !document->is_object()) return std::nullopt;
  return std::move(document->as_object());
}

/// The three parts; nothing unless there are three that are not empty.
std::optional<std::array<std::string_view, 3>> parts_of(std::string_view token) {
  if (std::ranges::count(token, '.') != 2) return std::nullopt;
  const std::size_t first = token.find('.');
  const std::size_t second = token.rfind('.');
  const std::array parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                         token.substr(second + 1)};
  if (std::ranges::find(parts, "") != parts.end()) return std::nullopt;
  return parts;
}

/// Whether it is one of the two media types, with or without `application/` (RFC 7515, 4.1.9).
bool is_jwt_type(std::string_view type) {
  constexpr std::string_view kPrefix = "application/";
  if (equals_ignoring_case(type.substr(0, kPrefix.size()), kPrefix)) {
    type.remove_prefix(kPrefix.size());
  }
  return equals_ignoring_case(type, "jwt") || equals_ignoring_case(type, "at+jwt");
}

/// Why a header is refused whatever its algorithm and key are; empty: it is not.
std::string_view header_fault(const object& header) {
  // What these ask for, or change, is not understood here (RFC 7515, 4.1.11; RFC 7797; RFC 7516).
  for (const char* const name : {"crit", "b64", "zip", "enc"}) {
    if (header.contains(name)) return "a header with crit, b64, zip or enc";
  }
  const auto* const type = header.if_contains("typ");
  if (type == nullptr) return {};
  return is_jwt_type(as_text(*type).value_or("")) ? "" : "a typ that is not JWT or at+jwt";
}

}  // namespace

std::optional<Algorithm> algorithm_named(std::string_view name) {
  if (name == "RS256") return Algorithm::rs256;
  if (name == "ES256") return Algorithm::es256;
  if (name == "EdDSA" || name == "Ed25519") return Algorithm::ed25519;
  return std::nullopt;
}

std::expected<Jwt, std::string_view> Jwt::parse(std::string_view token) {
  if (token.size() > kMaxJwtBytes) return std::unexpected("longer than 8 KiB");
  const auto parts = parts_of(token);
  if (!parts) return std::unexpected("not an API token, and not three parts with two dots");
  if ((*parts)[0].size() > (kMaxJwtHeaderBytes * 4 + 2) / 3) {
    return std::unexpected("a header longer than 1 KiB");
  }
  const auto header = object_of((*parts)[0], kMaxHeaderDepth);
  if (!header) return std::unexpected("a header that is not one JSON object");
  if (const auto fault = header_fault(*header); !fault.empty()) return std::unexpected(fault);

  const auto algorithm = algorithm_named(text_member(*header, "alg"));
  if (!algorithm) return std::unexpected("an alg that is not RS256, ES256 or EdDSA");
  std::optional<std::string> key_id;
  if (const auto* const id = header->if_contains("kid")) {
    const auto text = as_text(*id);
    if (!text || text->size() > kMaxKeyIdBytes) return std::unexpected("an unusable kid");
    key_id = *text;
  }
  auto claims = object_of((*parts)[1], kMaxClaimsDepth);
  if (!claims) return std::unexpected("claims that are not one JSON object");
  auto signature = decode_base64url((*parts)[2]);
  if (!signature) return std::unexpected("a signature that is not base64url");
  return Jwt{.algorithm = *algorithm,
             .key_id = std::move(key_id),
             .claims = std::move(*claims),
             .signed_text = token.substr(0, token.rfind('.')),
             .signature = std::move(*signature)};
}

}  // namespace picus::auth
