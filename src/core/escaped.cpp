#include "core/escaped.h"

#include "core/concat.h"

namespace picus {

std::string escaped_controls(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr unsigned char kC1Lead = 0xC2;
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    const bool c1 = byte == kC1Lead && next >= 0x80 && next < 0xA0;
    if ((byte >= ' ' && byte != 0x7F && !c1) || byte == '\n') {
      out += text[i];
      continue;
    }
    const unsigned char control = c1 ? next : byte;
    out += "\\u00";
    out += kHex[control >> 4];
    out += kHex[control & 0xF];
    if (c1) ++i;
  }
  return out;
}

std::string without_userinfo(std::string_view url) {
  constexpr std::string_view kSlashes = "://";
  const std::size_t at = url.rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  const std::size_t scheme = url.find(kSlashes);
  const std::size_t begin = scheme < at ? scheme + kSlashes.size() : 0;
  return concat(url.substr(0, begin), "***", url.substr(at));
}

std::string shown_input(std::string_view text) {
  constexpr std::size_t kMost = 40;
  constexpr std::size_t kBeginning = 8;
  std::string shown = without_userinfo(text);
  return shown.size() > kMost ? shown.substr(0, kBeginning) + "..." : shown;
}

}  // namespace picus
