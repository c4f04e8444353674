#include "core/etag.h"

#include <algorithm>
#include <span>
#include <string>

#include "core/base64.h"
#include "core/digest.h"

namespace picus {
namespace {

constexpr std::size_t kEtagDigestBytes = 16;

bool is_base64url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

}  // namespace

Etag Etag::of(std::string_view json) {
  const auto digest = sha256({json});
  std::string text;
  text.reserve(kBytes);
  append_base64url(text, std::span(digest).first<kEtagDigestBytes>());
  Etag etag;
  text.copy(etag.text_.data(), kBytes);
  return etag;
}

std::optional<Etag> Etag::parse(std::string_view text) {
  if (text.size() != kBytes || !std::ranges::all_of(text, is_base64url)) return std::nullopt;
  Etag etag;
  text.copy(etag.text_.data(), kBytes);
  return etag;
}

}  // namespace picus
