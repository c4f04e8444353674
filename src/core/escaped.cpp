#include "core/escaped.h"

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

}  // namespace picus
