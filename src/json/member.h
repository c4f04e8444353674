#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace picus::json {

/// A member's text; empty where it is not there or no string.
inline std::string text_of(const boost::json::object& object, std::string_view name) {
  const boost::json::value* const member = object.if_contains(name);
  const boost::json::string* const text = member != nullptr ? member->if_string() : nullptr;
  return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

}  // namespace picus::json
