#include "core/item_text.h"

#include <utility>

#include "core/ascii.h"
#include "core/concat.h"

namespace picus {
namespace {

ErrorCode code_of(json::Fault fault) {
  switch (fault) {
    case json::Fault::syntax:
      return ErrorCode::invalid_json;
    case json::Fault::duplicate_name:
      return ErrorCode::duplicate_name;
    case json::Fault::not_an_object:
      return ErrorCode::not_an_object;
    case json::Fault::invalid_id:
      return ErrorCode::invalid_id;
    case json::Fault::invalid_number:
      return ErrorCode::invalid_number;
    case json::Fault::invalid_name:
      return ErrorCode::invalid_name;
    case json::Fault::reserved_name:
      return ErrorCode::reserved_name;
    case json::Fault::too_deep:
      return ErrorCode::too_deep;
  }
  std::unreachable();
}

Result<NewItem> read(json::ItemParser& parser, std::string_view text, IdSource& ids,
                     const std::optional<std::string>& fallback_id) {
  auto parsed = parser.parse(text);
  if (!parsed) {
    return failure(code_of(parsed.error().fault), std::move(parsed.error().message));
  }
  std::string id = parsed->id ? std::move(*parsed->id) : fallback_id ? *fallback_id : ids.uuid7();
  auto key = Key::parse(std::move(id), ErrorCode::invalid_id);
  if (!key) return std::unexpected(std::move(key.error()));
  return make_item(std::move(*key), parsed->members, parsed->members_dynamodb_bytes);
}

}  // namespace

Result<NewItem> read_item(json::ItemParser& parser, std::string_view text, IdSource& ids,
                          const std::optional<std::string>& fallback_id, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return read(parser, text, ids, fallback_id);
  if (text.size() <= max_bytes + kAddedIdBytes) {
    auto item = read(parser, text, ids, fallback_id);
    const bool is_stored = item && item->json == trimmed(text);
    if (is_stored && item->json.size() > max_bytes) return item;
  }
  return too_long(max_bytes);
}

std::unexpected<Error> too_long(std::size_t max_bytes) {
  return failure(ErrorCode::body_too_large,
                 concat("The text of an item has at most ", max_bytes, " bytes."));
}

}  // namespace picus
