#include "api/target.h"

#include <algorithm>
#include <utility>

#include "core/percent_encoding.h"

namespace picus {
namespace {

/// A longer name of an unknown parameter is not repeated: a token is longer.
constexpr std::size_t kMaxShownName = 40;

/// `name=value`, not decoded.
struct Parameter {
  std::string_view name;
  std::string_view value;
};

/// The first parameter of a query, which then begins behind it.
Parameter take_parameter(std::string_view& query) {
  const std::string_view text = query.substr(0, query.find('&'));
  query.remove_prefix(std::min(text.size() + 1, query.size()));
  const std::size_t equals = std::min(text.find('='), text.size());
  return {.name = text.substr(0, equals), .value = text.substr(std::min(equals + 1, text.size()))};
}

/// `key`, `limit and cursor`, `limit, cursor and consistency`.
std::string enumeration(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::unexpected<Error> invalid_parameter(std::string message) {
  return failure(ErrorCode::invalid_parameter, std::move(message));
}

}  // namespace

std::string without_needless_escapes(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const auto byte = encoded_byte(text);
    const std::size_t taken = byte ? 3 : 1;
    if (byte && is_unreserved(*byte)) {
      plain += *byte;
    } else {
      plain += text.substr(0, taken);
    }
    text.remove_prefix(taken);
  }
  return plain;
}

Target Target::split(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {.path = target, .query = {}};
  return {.path = target.substr(0, mark), .query = target.substr(mark + 1)};
}

Result<std::optional<std::string>> Target::parameter(std::string_view name) const {
  std::optional<std::string> found;
  for (std::string_view rest = query; !rest.empty();) {
    const Parameter parameter = take_parameter(rest);
    if (form_decode(parameter.name) != name) continue;
    if (found) {
      return invalid_parameter("The parameter " + std::string(name) + " occurs more than once.");
    }
    found = form_decode(parameter.value);
    if (!found) {
      return invalid_parameter("The value of the parameter " + std::string(name) +
                               " is not form-encoded; encode a % as %25.");
    }
  }
  return found;
}

Result<void> Target::expect_only(std::span<const std::string_view> known) const {
  for (std::string_view rest = query; !rest.empty();) {
    const bool is_nothing = rest.starts_with('&');  // `&&`
    const Parameter parameter = take_parameter(rest);
    if (is_nothing) continue;
    const auto name = form_decode(parameter.name);
    if (!name) {
      return invalid_parameter("The name of a parameter is not form-encoded; encode a % as %25.");
    }
    if (std::ranges::find(known, *name) == known.end()) {
      const bool is_shown = name->size() <= kMaxShownName;
      return invalid_parameter(
          "This request has no parameter " +
          (name->empty() ? "without a name"
           : is_shown    ? percent_encode(*name)
                         : "of this name") +
          "; its parameters: " + (known.empty() ? "none." : enumeration(known) + "."));
    }
  }
  for (const std::string_view name : known) {
    if (auto value = parameter(name); !value) return std::unexpected(std::move(value.error()));
  }
  return {};
}

}  // namespace picus
