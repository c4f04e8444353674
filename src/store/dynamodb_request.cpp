#include "store/dynamodb_request.h"

#include <algorithm>
#include <variant>

#include "json/attributes.h"
#include "json/text.h"

namespace picus {
namespace {

/// DynamoDB takes at most 100 operands for IN.
constexpr std::size_t kMaxInOperands = 100;
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

  void has_one_of(const std::vector<Etag>& tags) {
    if (tags.empty()) {
      key_is_free();
      key_is_taken();  // never both
      return;
    }
    const std::string path = meta("#etag", kMetaEtag);
    std::string any;
    for (std::size_t begin = 0; begin < tags.size(); begin += kMaxInOperands) {
      if (begin > 0) any += " OR ";
      any += path + " IN (";
      const std::size_t end = std::min(begin + kMaxInOperands, tags.size());
      for (std::size_t i = begin; i < end; ++i) {
        if (i > begin) any += ',';
        any += value(":e" + std::to_string(i), tags[i].text());
      }
      any += ')';
    }
    require('(' + any + ')');
  }

  void is_not_of(const std::string& idempotency) {
    const std::string path = meta("#idem", kMetaIdempotency);
    require("(attribute_not_exists(" + path + ") OR " + path + " <> " +
            value(":idem", idempotency) + ')');
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
    values_ += '"' + placeholder + R"(":{"S":")" + std::string(text) + "\"}";
    return placeholder;
  }

  std::string_view key_name_;
  std::string expression_;
  std::string names_;
  std::string values_;
};

void apply(const PutCondition& wanted, const std::string& idempotency, Condition& condition) {
  if (std::holds_alternative<IfAbsent>(wanted)) return condition.key_is_free();
  if (std::holds_alternative<IfPresent>(wanted)) condition.key_is_taken();
  if (const auto* tags = std::get_if<IfEtag>(&wanted)) condition.has_one_of(tags->tags);
  if (!idempotency.empty()) condition.is_not_of(idempotency);
}

Error refusal(json::AttributeFault fault, std::string_view key_attribute) {
  if (fault == json::AttributeFault::malformed) {
    return Error(ErrorCode::internal, "The item cannot be stored.", "the item is not normalised");
  }
  std::string name;
  json::append_string(name, key_attribute);
  return Error(ErrorCode::reserved_name,
               "The member name " + name + " is reserved: this table keeps the item's id there.");
}

}  // namespace

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

Result<std::string> DynamoDbRequests::put_item(const NewItem& item, const PutCondition& condition,
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
  if (std::holds_alternative<Always>(condition)) {
    body += R"(,"ReturnValues":"ALL_OLD")";
  } else {
    Condition expression(key_name_);
    apply(condition, meta.idempotency, expression);
    expression.append_to(body);
  }
  body += '}';
  return body;
}

std::string DynamoDbRequests::delete_item(const Key& key, const RemoveCondition& condition) const {
  std::string body = table_;
  body += R"(,"Key":{)" + key_name_ + R"(:{"S":)";
  json::append_string(body, key.text());
  body += "}}";
  Condition expression(key_name_);
  if (std::holds_alternative<IfPresent>(condition)) expression.key_is_taken();
  if (const auto* tags = std::get_if<IfEtag>(&condition)) expression.has_one_of(tags->tags);
  expression.append_to(body);
  body += '}';
  return body;
}

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
