#include "auth/key_set.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "auth/document.h"
#include "auth/jwt.h"
#include "core/base64.h"
#include "core/concat.h"

namespace picus::auth {
namespace {

using boost::json::object;

constexpr std::size_t kMaxKeySetDepth = 8;

/// The bytes of a member; empty where it is not there or not their canonical text.
std::string bytes_in(const object& key, std::string_view name) {
  return decode_base64url(text_member(key, name)).value_or("");
}

PublicKey::Made made_of(const object& key) {
  for (const char* const secret : {"d", "k"}) {
    if (key.contains(secret)) return std::unexpected("its secret part is public");
  }
  for (const char* const name : {"n", "e", "x", "y"}) {
    if (!decode_base64url(text_member(key, name))) {
      return std::unexpected("n, e, x or y is not base64url without padding");
    }
  }
  const std::string_view type = text_member(key, "kty");
  if (type == "RSA") return PublicKey::rsa(bytes_in(key, "n"), bytes_in(key, "e"));
  const std::string_view curve = text_member(key, "crv");
  if (type == "EC" && curve == "P-256") {
    return PublicKey::p256(bytes_in(key, "x"), bytes_in(key, "y"));
  }
  if (type == "OKP" && curve == "Ed25519") return PublicKey::ed25519(bytes_in(key, "x"));
  return std::unexpected("not RSA, P-256 or Ed25519");
}

/// Why a key must not check signatures of `algorithm`; empty: it may.
std::string_view misuse(const object& key, Algorithm algorithm) {
  if (key.contains("alg") && algorithm_named(text_member(key, "alg")) != algorithm) {
    return "for another algorithm";
  }
  if (key.contains("use") && text_member(key, "use") != "sig") return "not for signatures";
  const auto* const operations = key.if_contains("key_ops");
  if (operations == nullptr) return {};
  const auto* const list = operations->if_array();
  const bool verifies = list != nullptr && std::ranges::any_of(*list, [](const auto& operation) {
                          return as_text(operation) == "verify";
                        });
  return verifies ? "" : "not for verifying";
}

std::expected<PublicKey, std::string_view> key_of(const boost::json::value& value) {
  const object* const members = value.if_object();
  if (members == nullptr) return std::unexpected("not an object");
  auto made = made_of(*members);
  if (!made) return made;
  if (const auto why = misuse(*members, made->algorithm()); !why.empty()) {
    return std::unexpected(why);
  }
  return made;
}

/// Outside: the id cannot be one. Inside: the key has none.
std::optional<std::optional<std::string>> id_of(const object& key) {
  const auto* const value = key.if_contains("kid");
  if (value == nullptr) return std::optional<std::string>();
  const auto text = as_text(*value);
  if (!text || text->size() > kMaxKeyIdBytes) return std::nullopt;
  return std::optional<std::string>(*text);
}

}  // namespace

std::expected<KeySet, std::string> KeySet::parse(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return std::unexpected(concat("more than ", kMaxBytes, " bytes"));
  }
  const auto document = parse_document(text, kMaxKeySetDepth);
  if (!document) return std::unexpected(document.error());
  const object* const members = document->if_object();
  const auto* const list = members == nullptr ? nullptr : members->if_contains("keys");
  if (list == nullptr || !list->is_array()) return std::unexpected("not an object with keys");
  const auto& keys = list->get_array();
  if (keys.size() > kMaxKeys) {
    return std::unexpected(concat("more than ", kMaxKeys, " keys"));
  }
  KeySet set;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto key = key_of(keys[i]);
    auto id = key ? id_of(keys[i].get_object()) : std::nullopt;
    if (key && !id) key = std::unexpected("an unusable kid");
    const auto is_twin = [&](const Entry& entry) {
      return entry.id == *id && entry.id && entry.key.algorithm() == key->algorithm();
    };
    if (key && std::ranges::any_of(set.keys_, is_twin)) key = std::unexpected("the same kid twice");
    if (key) {
      set.keys_.push_back({std::move(*id), std::move(*key)});
    } else {
      set.skipped_.push_back(concat("keys[", i, "]: ", key.error()));
    }
  }
  return set;
}

const PublicKey* KeySet::find(std::optional<std::string_view> id, Algorithm algorithm) const {
  const PublicKey* found = nullptr;
  for (const Entry& entry : keys_) {
    if (entry.key.algorithm() != algorithm || (id && entry.id != id)) continue;
    if (found != nullptr) return nullptr;
    found = &entry.key;
  }
  return found;
}

}  // namespace picus::auth
