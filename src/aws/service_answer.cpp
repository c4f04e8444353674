#include "aws/service_answer.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "aws/credentials/document.h"
#include "core/concat.h"
#include "json/reader.h"

namespace picus::aws {
namespace {

constexpr std::string_view kAmzJson = "application/x-amz-json-1.";

/// What an operation sends: the bracket that a member's value begins with.
struct Member {
  std::string_view name;
  char bracket;
};

struct Shape {
  std::string_view operation;
  /// The first member is always there.
  bool first_is_required;
  std::array<Member, 5> members;
};

constexpr Member kCapacity{.name = "ConsumedCapacity", .bracket = '{'};
constexpr Member kMetrics{.name = "ItemCollectionMetrics", .bracket = '{'};
constexpr Member kAttributes{.name = "Attributes", .bracket = '{'};
constexpr Member kItems{.name = "Items", .bracket = '['};

constexpr auto kShapes = std::to_array<Shape>({
    {"GetItem", false, {{{"Item", '{'}, kCapacity}}},
    {"PutItem", false, {{kAttributes, kCapacity, kMetrics}}},
    {"DeleteItem", false, {{kAttributes, kCapacity, kMetrics}}},
    {"UpdateItem", false, {{kAttributes, kCapacity, kMetrics}}},
    {"Scan", true, {{kItems}}},
    {"Query", true, {{kItems}}},
    {"BatchGetItem", true, {{{"Responses", '{'}}}},
    {"BatchWriteItem", true, {{{"UnprocessedItems", '{'}}}},
    {"CreateTable", true, {{{"TableDescription", '{'}}}},
    {"UpdateTable", true, {{{"TableDescription", '{'}}}},
    {"DeleteTable", true, {{{"TableDescription", '{'}}}},
    {"DescribeTable", true, {{{"Table", '{'}}}},
    {"PutLifecycleEventHookExecutionStatus", false, {{{"lifecycleEventHookExecutionId", '"'}}}},
});

/// Of an operation that is not in the table no more is known than that it sends an object.
const Shape* shape_of(std::string_view operation) {
  const auto* const found = std::ranges::find(kShapes, operation, &Shape::operation);
  return found == kShapes.end() ? nullptr : found;
}

const Member* member_of(const Shape& shape, std::string_view name) {
  const auto* const found = std::ranges::find(shape.members, name, &Member::name);
  return found == shape.members.end() || name.empty() ? nullptr : found;
}

/// Reads the body, and what it has of the shape.
std::string fault_of_body(std::string_view body, const Shape* shape) {
  picus::json::Reader in(body);
  bool has_first = false;
  bool has_any = false;
  bool has_other = false;
  in.enter('{');
  while (in.next('}')) {
    const auto name = in.name();
    if (!name) break;
    const Member* member = shape == nullptr ? nullptr : member_of(*shape, name->text);
    const char first = in.peek();
    // Some stand-ins send null for what is not there.
    if (member != nullptr && first != 'n') {
      if (first != member->bracket) return std::string(member->name) + " has the wrong type";
      has_first = has_first || member == shape->members.data();
      has_any = true;
    }
    has_other = has_other || member == nullptr;
    if (!in.skip()) break;
  }
  if (!in.end()) return "the body is not one JSON object: " + in.error();
  if (shape == nullptr || has_first) return {};
  if (shape->first_is_required) return "the body has no " + std::string(shape->members[0].name);
  // A service may send a new member beside those that are known.
  if (has_other && !has_any) return "the body has members that no response of this operation has";
  return {};
}

std::string content_type_of(const net::HttpResponse& response) {
  const std::string_view type = response.header("content-type");
  return type.empty() ? "no Content-Type" : "the Content-Type " + excerpt(type);
}

}  // namespace

std::string fault_of_answer(const AskedService& asked, const net::HttpResponse& response) {
  constexpr unsigned kOk = 200;
  const bool is_json = asked.service.is_json();
  if (response.status != kOk ||
      (is_json && !response.header("content-type").starts_with(kAmzJson))) {
    return "it sent " + response_in_words(response);
  }
  if (!is_json) return {};
  const std::string fault = fault_of_body(response.body, shape_of(asked.operation));
  return fault.empty() ? fault : "its response to " + std::string(asked.operation) + ": " + fault;
}

std::string impostor_message(const AskedService& asked, std::string_view reason) {
  std::string message = "The service at ";
  message.append(asked.endpoint)
      .append(" is not ")
      .append(asked.service.name)
      .append(": ")
      .append(reason);
  return message += '.';
}

std::string response_in_words(const net::HttpResponse& response) {
  return concat("a response with the status ", response.status, " and ", content_type_of(response));
}

}  // namespace picus::aws
