#include "store/dynamodb/request.h"

#include <algorithm>
#include <variant>

#include "json/attributes.h"
#include "json/text.h"

namespace picus {
namespace {

/// Larger numbers are no `Limit`, and no page has as many items.
constexpr std::size_t kMaxLimit = 1'000'000;

constexpr std::string_view kNameOfKey = "#key";
constexpr std::string_view kNameOfMeta = "#meta";

/// A ConditionExpression with what its names and values stand for.
class Condition {
 public:
  explicit Condition(std::string_view key_name) : key_name_(key_name) {}

  void key_is_free() { require("attribute_not_exists(" + key() + ")"); }
  void key_is_taken() { require("attribute_exists(" + key() + ")"); }

  void is_of_write(const std::string& name) {
    const std::string path = meta("#write", kMetaWrite);
    require(path + " = " + value(":write", name));
  }

  /// The comparison is false of what is not there, or no string.
  void is_nameless() {
    const std::string path = meta("#write", kMetaWrite);
    require("NOT " + path + " > " + value(":empty", ""));
  }

  void append_to(std::string& out) const {
    out += R"(,"ConditionExpression":")" + expression_ + '"';
    out += R"(,"ExpressionAttributeNames":{)" + names_ + '}';
    if (!values_.empty()) out += R"(,"ExpressionAttributeValues":{)" + values_ + '}';
    out += R"(,"ReturnValuesOnConditionCheckFailure":"ALL_OLD")";
  }

 private:
  void require(const std::string& term) {
    if (!expression_.empty()) expression_ += " AND ";
    expression_ += term;
  }

  std::string key() {
    define(kNameOfKey, key_name_);
    return std::string(kNameOfKey);
  }

  std::string meta(std::string_view placeholder, std::string_view member) {
    define(kNameOfMeta, '"' + std::string(kMetaAttribute) + '"');
    define(placeholder, '"' + std::string(member) + '"');
    return std::string(kNameOfMeta) + '.' + std::string(placeholder);
  }

  /// A name that is defined twice, or never used, is an error of the whole request.
  void define(std::string_view placeholder, std::string_view name) {
    const std::string head = '"' + std::string(placeholder) + "\":";
    if (names_.contains(head)) return;
    if (!names_.empty()) names_ += ',';
    names_ += head;
    names_ += name;
  }

  std::string value(std::string placeholder, std::string_view text) {
    if (!values_.empty()) values_ += ',';
    values_ += '"' + placeholder + R"(":{"S":)";
    json::append_string(values_, text);
    values_ += '}';
    return placeholder;
  }

  std::string_view key_name_;
  std::string expression_;
  std::string names_;
  std::string values_;
};

void append_condition(std::string& out, const Pin& pin, std::string_view key_name) {
  Condition condition(key_name);
  switch (pin.kind) {
    case Pin::Kind::free:
      condition.key_is_free();
      break;
    case Pin::Kind::write:
      condition.is_of_write(pin.write);
      break;
    case Pin::Kind::nameless:
      condition.key_is_taken();
      condition.is_nameless();
      break;
    case Pin::Kind::nothing:
      condition.key_is_free();
      condition.key_is_taken();
      break;
  }
  condition.append_to(out);
}

Error refusal(json::AttributeFault fault, std::string_view key_attribute) {
  if (fault == json::AttributeFault::malformed) {
    return Error(ErrorCode::internal, "The item cannot be stored.", "the item is not normalized");
  }
  std::string name;
  json::append_string(name, key_attribute);
  return Error(
      ErrorCode::reserved_name,
      "The member name " + name + " is reserved: this table stores the id of the item there.");
}

}  // namespace

Pin Pin::on(const std::optional<ItemMeta>& found) {
  if (!found) return {.kind = Kind::free};
  if (found->write.empty()) return {.kind = Kind::nameless};
  return {.kind = Kind::write, .write = found->write};
}

DynamoDbRequests::DynamoDbRequests(std::string_view table, std::string_view key_attribute)
    : table_(R"({"TableName":)"), key_attribute_(key_attribute) {
  json::append_string(table_, table);
  json::append_string(key_name_, key_attribute);
}

std::string DynamoDbRequests::get_item(std::string_view key, bool eventual) const {
  std::string body = table_;
  body += R"(,"Key":{)" + key_name_ + R"(:{"S":)";
  json::append_string(body, key);
  body += eventual ? "}}}" : R"(}},"ConsistentRead":true})";
  return body;
}

std::string DynamoDbRequests::get_meta(std::string_view key) const {
  std::string body = get_item(key, /*eventual=*/false);
  body.pop_back();
  // With the key: an item of which nothing is asked for could be taken for none.
  body += R"(,"ProjectionExpression":"#key,#meta","ExpressionAttributeNames":{"#key":)" + key_name_;
  body += R"(,"#meta":")" + std::string(kMetaAttribute) + "\"}}";
  return body;
}

Result<std::string> DynamoDbRequests::put_item(const NewItem& item, const Pin& pin,
                                               const ItemMeta& meta, std::int64_t now_ms) const {
  constexpr std::size_t kRoomForTheRest = 1024;
  std::string body;
  body.reserve(item.json.size() + item.json.size() / 2 + kRoomForTheRest);
  body += table_;
  body += R"(,"Item":{)";
  const auto appended = json::append_attributes(body, item.json, key_attribute_);
  if (!appended) return std::unexpected(refusal(appended.error(), key_attribute_));
  body += ',';
  append_meta(body, meta, now_ms);
  body += '}';
  append_condition(body, pin, key_name_);
  body += '}';
  return body;
}

std::string DynamoDbRequests::impossible_put(const Key& key) const {
  std::string body = table_;
  body += R"(,"Item":{)" + key_name_ + R"(:{"S":)";
  json::append_string(body, key.text());
  body += "}}";
  append_condition(body, Pin::nothing(), key_name_);
  body += '}';
  return body;
}

std::string DynamoDbRequests::delete_item(const Key& key, const Pin& pin) const {
  std::string body = table_;
  body += R"(,"Key":{)" + key_name_ + R"(:{"S":)";
  json::append_string(body, key.text());
  body += "}}";
  append_condition(body, pin, key_name_);
  body += '}';
  return body;
}

std::string DynamoDbRequests::describe_table() const { return table_ + '}'; }

std::string DynamoDbRequests::scan(const ScanPart& part) const {
  std::string body = table_;
  body += R"(,"Limit":)" + std::to_string(std::clamp(part.max_items, 1UZ, kMaxLimit));
  if (!part.eventual) body += R"(,"ConsistentRead":true)";
  if (part.segments > 1) {
    body += R"(,"Segment":)" + std::to_string(part.segment);
    body += R"(,"TotalSegments":)" + std::to_string(part.segments);
  }
  if (!part.after.empty()) {
    body += R"(,"ExclusiveStartKey":{)" + key_name_ + R"(:{"S":)";
    json::append_string(body, part.after);
    body += "}}";
  }
  body += '}';
  return body;
}

}  // namespace picus
