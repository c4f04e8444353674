#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "json/reader.h"

/// Plain JSON and DynamoDB's attribute JSON, one into the other in one pass. Numbers keep their
/// value exactly: DynamoDB takes and gives them as text.
namespace picus::json {

/// Why an item cannot become attributes.
enum class AttributeFault : std::uint8_t {
  key_attribute,  ///< a member has the name of the attribute that the item's `id` goes to
  malformed,      ///< not an object that begins with an `id`
};

/// Appends a normalised item, `{"id":"k","n":1}`, as attributes, without the braces around them:
/// `"pk":{"S":"k"},"n":{"N":"1"}`, where `key_attribute` is `pk`. After an error `out` holds a
/// part.
std::expected<void, AttributeFault> append_attributes(std::string& out, std::string_view item,
                                                      std::string_view key_attribute);

/// The attributes of an item that are not the client's members.
struct AttributeNames {
  std::string_view key;   ///< becomes `id`; a string
  std::string_view meta;  ///< is left out of the item's text
};

/// What append_item() found besides the members.
struct ItemAttributes {
  RawString key;
  std::string_view meta;  ///< the attribute's value as it stands there; empty: there is none
};

/// Reads one map of attributes and appends it as a plain object, `id` first. Sets become arrays,
/// binary values their base64. An attribute called `id` that is not the key gives way to the key.
/// Nothing: `in` failed, and says why; `out` holds a part then.
std::optional<ItemAttributes> append_item(std::string& out, Reader& in, AttributeNames names);

}  // namespace picus::json
