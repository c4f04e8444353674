#pragma once

#include <cstdint>
#include <expected>
#include <initializer_list>
#include <string>
#include <string_view>

namespace picus::auth {

/// The permission for a kind of operation. There are no wildcards.
enum class Scope : std::uint8_t { items_read, items_write, items_delete };

/// How configurations, tokens and challenges write it: `items:read`.
std::string_view name_of(Scope scope);

/// A set of scopes.
class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) add(scope);
  }

  /// Reads names that are separated by single spaces: `items:read items:write`. Error: what is
  /// wrong, for a person. A text without a name, or with one twice, is an error too.
  static std::expected<Scopes, std::string> parse(std::string_view text);
  /// The scopes of this service among others, as the claim `scope` of a token lists them.
  static Scopes known_of(std::string_view text);

  constexpr void add(Scope scope) { bits_ |= bit(scope); }
  constexpr void add(Scopes scopes) { bits_ |= scopes.bits_; }
  [[nodiscard]] constexpr bool has(Scope scope) const { return (bits_ & bit(scope)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  /// The names in the order of the enumerators, separated by spaces.
  [[nodiscard]] std::string text() const;

  bool operator==(const Scopes&) const = default;

 private:
  static constexpr unsigned bit(Scope scope) { return 1U << static_cast<unsigned>(scope); }

  unsigned bits_ = 0;
};

}  // namespace picus::auth
