#include "cli/list_response.h"

#include <cstddef>

namespace picus::cli {

std::string next_of(std::string_view link) {
  const std::size_t end = link.find('>');
  const bool is_next = end != std::string_view::npos && link.starts_with('<') &&
                       link.substr(end).contains(R"(rel="next")");
  return is_next ? std::string(link.substr(1, end - 1)) : std::string();
}

bool ItemLines::take(std::string_view text) {
  while (!text.empty()) {
    if (is_whole() && text.front() != '{') return false;
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      last_ = text.back();
      return true;
    }
    const char before = end == 0 ? last_ : text[end - 1];
    if (before != '}') return false;
    last_ = '\n';
    text.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace picus::cli
