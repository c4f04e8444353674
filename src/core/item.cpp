#include "core/item.h"

#include <utility>

#include "core/concat.h"
#include "core/limits.h"
#include "json/text.h"

namespace picus {

Result<NewItem> make_item(Key key, std::string_view members, std::size_t members_dynamodb_bytes) {
  constexpr std::string_view kIdName = "id";
  const std::size_t bytes =
      members_dynamodb_bytes + kIdName.size() + key.text().size() + kMetaBytes;
  if (bytes > kMaxItemBytes) {
    return failure(ErrorCode::item_too_large,
                   concat("An item has at most ", kMaxItemBytes,
                          " bytes as DynamoDB counts them (names, values and ", kMetaBytes,
                          " bytes for the server); this one has ", bytes, "."));
  }
  std::string json;
  json.reserve(members.size() + key.text().size() + 12);
  json += R"({"id":)";
  json::append_string(json, key.text());
  if (!members.empty()) json += ',';
  json += members;
  json += '}';
  const Etag etag = Etag::of(json);
  return NewItem{.key = std::move(key), .json = std::move(json), .etag = etag};
}

}  // namespace picus
