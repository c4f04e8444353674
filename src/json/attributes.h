#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "json/reader.h"

/// Converts between plain JSON and the attribute JSON of DynamoDB in one pass. Numbers keep their
/// exact value: DynamoDB accepts and returns them as text.
namespace picus::json {

/// Why an item cannot be converted to attributes.
enum class AttributeFault : std::uint8_t {
  key_attribute,  ///< a member has the name of the attribute that stores the `id`
  malformed,      ///< not an object that starts with an `id`
};

/// Appends a normalized item, `{"id":"k","n":1}`, as attributes, without the braces around them:
/// `"pk":{"S":"k"},"n":{"N":"1"}`, where `key_attribute` is `pk`. After an error `out` has a part
/// of them.
std::expected<void, AttributeFault> append_attributes(std::string& out, std::string_view item,
                                                      std::string_view key_attribute);

/// The names of the attributes that are not members of the client.
struct AttributeNames {
  std::string_view key;   ///< becomes `id`; a string
  std::string_view meta;  ///< is omitted from the text of the item
};

/// The result of append_item() besides the members.
struct ItemAttributes {
  RawString key;
  std::string_view meta;  ///< the raw value of the attribute; empty: there is none
};

/// Reads one map of attributes and appends it as a plain object, `id` first. Sets become arrays,
/// binary values their base64. An attribute `id` that is not the key is replaced by the key.
/// Nothing: `in` failed and has the error; `out` then has a part of the object.
std::optional<ItemAttributes> append_item(std::string& out, Reader& in, AttributeNames names);

}  // namespace picus::json
