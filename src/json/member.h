#pragma once

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace picus::json {

/// The text as an object; nothing if it is not one.
inline std::optional<boost::json::object> object_of(std::string_view text) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  return !error && value.is_object() ? std::optional(std::move(value.get_object())) : std::nullopt;
}

/// The text of a member; empty if it does not exist or is not a string.
inline std::string text_of(const boost::json::object& object, std::string_view name) {
  const boost::json::value* const member = object.if_contains(name);
  const boost::json::string* const text = member != nullptr ? member->if_string() : nullptr;
  return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

}  // namespace picus::json
