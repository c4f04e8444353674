#include "auth/principal.h"

#include "core/concat.h"
#include "core/percent_encoding.h"

namespace picus::auth {
namespace {

constexpr std::size_t kMaxLabelBytes = 128;

/// Percent-encodes what is not visible ASCII, and cuts the text where it becomes too long.
std::string label_of(std::string_view text) {
  constexpr std::string_view kEnd = "...";
  std::string label;
  for (const char c : text) {
    const bool is_visible = c >= ' ' && c <= '~' && c != '%';
    is_visible ? void(label += c) : append_encoded_byte(label, c);
  }
  if (label.size() <= kMaxLabelBytes) return label;
  label.resize(kMaxLabelBytes - kEnd.size());
  return label.append(kEnd);
}

}  // namespace

Principal::Principal(std::string_view name, std::string_view label, Scopes scopes)
    : text_(concat(name, label)),
      name_bytes_(static_cast<std::uint32_t>(name.size())),
      scopes_(scopes) {}

Principal Principal::of_api_token(std::string_view name, Scopes scopes) {
  return {"token:" + std::string(name), label_of(name), scopes};
}

Principal Principal::of_issuer(std::string_view issuer, std::string_view subject, Scopes scopes) {
  // The length keeps ("a", "bc") and ("ab", "c") apart.
  std::string name = concat("issuer:", issuer.size(), ":");
  name.append(issuer).append(subject);
  return {name, label_of(std::string(issuer) + " " + std::string(subject)), scopes};
}

}  // namespace picus::auth
