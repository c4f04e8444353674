#include "auth/scope.h"

#include <array>
#include <optional>
#include <utility>

namespace picus::auth {
namespace {

constexpr std::array kAll{Scope::items_read, Scope::items_write, Scope::items_delete};

std::optional<Scope> scope_named(std::string_view name) {
  for (const Scope scope : kAll) {
    if (name_of(scope) == name) return scope;
  }
  return std::nullopt;
}

/// Takes what comes before the next space.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = text.find(' ');
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

}  // namespace

std::string_view name_of(Scope scope) {
  switch (scope) {
    case Scope::items_read:
      return "items:read";
    case Scope::items_write:
      return "items:write";
    case Scope::items_delete:
      return "items:delete";
  }
  std::unreachable();
}

std::expected<Scopes, std::string> Scopes::parse(std::string_view text) {
  constexpr std::string_view kExpected =
      "expected items:read, items:write and items:delete, separated by single spaces";
  Scopes scopes;
  if (text.empty() || text.ends_with(' ')) return std::unexpected(std::string(kExpected));
  while (!text.empty()) {
    const auto scope = scope_named(take_word(text));
    if (!scope) return std::unexpected(std::string(kExpected));
    if (scopes.has(*scope)) {
      return std::unexpected(std::string(name_of(*scope)) + " occurs twice");
    }
    scopes.add(*scope);
  }
  return scopes;
}

Scopes Scopes::known_of(std::string_view text) {
  Scopes scopes;
  while (!text.empty()) {
    if (const auto scope = scope_named(take_word(text))) scopes.add(*scope);
  }
  return scopes;
}

std::string Scopes::text() const {
  std::string text;
  for (const Scope scope : kAll) {
    if (!has(scope)) continue;
    if (!text.empty()) text += ' ';
    text += name_of(scope);
  }
  return text;
}

}  // namespace picus::auth
