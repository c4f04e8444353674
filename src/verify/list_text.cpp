#include "verify/list_text.h"

#include <boost/json.hpp>

#include "json/item_parser.h"

namespace picus::verify {

namespace json = boost::json;

std::optional<std::vector<std::string>> ids_of(std::string_view list) {
  // The library's own bound is 32: an item may have as many levels, and the list is one more.
  const json::parse_options options{.max_depth = picus::json::ItemParser::kMaxDepth + 1};
  boost::system::error_code error;
  const json::value value = json::parse({list.data(), list.size()}, error, {}, options);
  if (error || !value.is_array()) return std::nullopt;
  std::vector<std::string> ids;
  for (const json::value& item : *value.if_array()) {
    const json::object* const object = item.if_object();
    const json::value* const id = object == nullptr ? nullptr : object->if_contains("id");
    if (id == nullptr || !id->is_string()) return std::nullopt;
    ids.emplace_back(*id->if_string());
  }
  return ids;
}

}  // namespace picus::verify
