#include "cli/list_response.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "core/ascii.h"

namespace picus::cli {
namespace {

/// Whether `next` is among the relations of a parameter `rel`: one as a token, or any in quotes.
bool has_next(std::string_view value) {
  std::string relations(trimmed(value));
  std::erase_if(relations, [](char c) { return c == '"' || c == '\\'; });
  for (std::string_view left = relations; !left.empty();) {
    if (equals_ignoring_case(take_until(left, ' '), "next")) return true;
  }
  return false;
}

/// Whether a link with these parameters leads from the response itself to the next page. Only the
/// first `rel` counts.
bool leads_to_next(std::string_view parameters) {
  std::optional<bool> leads;
  while (!parameters.empty()) {
    std::string_view value = take_until_unquoted(parameters, ';');
    const std::string_view name = take_until(value, '=');
    if (equals_ignoring_case(name, "anchor")) return false;
    if (equals_ignoring_case(name, "rel") && !leads) leads = has_next(value);
  }
  return leads.value_or(false);
}

std::string next_among(std::string_view links) {
  while (!links.empty()) {
    links.remove_prefix(std::min(links.find_first_not_of(", \t"), links.size()));
    const std::size_t end = links.starts_with('<') ? links.find('>') : 0;
    if (end == std::string_view::npos) break;
    const std::string_view target = links.substr(0, end);
    links.remove_prefix(end);
    const bool leads = leads_to_next(take_until_unquoted(links, ','));
    if (leads && !target.empty()) return std::string(target.substr(1));
  }
  return {};
}

}  // namespace

std::string next_of(const net::ResponseHead& response) {
  std::string next;
  for (const auto& [name, value] : response.headers) {
    if (name == "link" && next.empty()) next = next_among(value);
  }
  return next;
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
