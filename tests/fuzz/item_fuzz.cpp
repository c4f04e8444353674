#include <optional>
#include <string>

#include "fuzzing.h"
#include "json/attributes.h"
#include "json/item_parser.h"
#include "json/text.h"

// What a client puts: an item that was taken is UTF-8, is taken again as it is, and survives being
// made attributes.
namespace picus::fuzzing {
namespace {

constexpr json::AttributeNames kNames{.key = "pk", .meta = "picus:meta"};

/// Through DynamoDB's form and back; the order of members is kept. Nothing: it cannot become that.
std::optional<std::string> there_and_back(std::string_view item) {
  std::string attributes = "{";
  const auto appended = json::append_attributes(attributes, item, kNames.key);
  if (!appended) {
    expect(appended.error() == json::AttributeFault::key_attribute);
    return std::nullopt;
  }
  attributes += '}';
  json::Reader in(attributes);
  std::string back;
  expect(json::append_item(back, in, kNames).has_value() && in.end());
  return back;
}

}  // namespace

void look_at(std::string_view text) {
  json::ItemParser parser;
  const auto item = parser.parse(text);
  if (!item) return expect(!item.error().message.empty());
  const std::string members(item->members);
  const std::size_t bytes = item->members_dynamodb_bytes;
  expect(picus::json::is_utf8(members));
  const auto again = parser.parse('{' + members + '}');
  expect(again && again->members == members && again->members_dynamodb_bytes == bytes);
  std::string stored = R"({"id":"k")";
  if (!members.empty()) stored += ',';
  stored += members + '}';
  // Numbers may come back in another spelling, but only once.
  if (const auto once = there_and_back(stored)) expect(there_and_back(*once) == once);
}

}  // namespace picus::fuzzing
