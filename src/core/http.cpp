#include "core/http.h"

#include <algorithm>
#include <utility>

namespace picus {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [&](const HeaderView& header) { return same_name(header.name, name); });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

bool Request::repeats(std::string_view name) const {
  return std::ranges::count_if(
             headers, [&](const HeaderView& header) { return same_name(header.name, name); }) > 1;
}

void Response::set(std::string_view name, std::string value) {
  headers.push_back({name, std::move(value)});
}

}  // namespace picus
