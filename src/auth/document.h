#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace picus::auth {

/// Reads a JSON text that decides about access: one value, UTF-8, no name twice in any object, at
/// most `max_depth` levels of objects and arrays (no more than 31). Where two readers could
/// understand a text differently, it is refused. Error: the place and what is wrong there; nothing
/// of the text.
std::expected<boost::json::value, std::string> parse_document(std::string_view text,
                                                              std::size_t max_depth);

/// The text of a value; nothing if it is not a string.
std::optional<std::string_view> as_text(const boost::json::value& value);

/// The text of a member; empty if it is absent or not a string.
std::string_view text_member(const boost::json::object& object, std::string_view name);

}  // namespace picus::auth
