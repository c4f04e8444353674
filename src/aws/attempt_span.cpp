#include "aws/attempt_span.h"

#include <array>
#include <charconv>
#include <optional>
#include <span>

#include "core/concat.h"
#include "json/reader.h"
#include "telemetry/span.h"

namespace picus::aws {
namespace {

using telemetry::Span;

std::optional<std::int64_t> whole(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

/// A member that is a whole number, and its attribute.
struct Number {
  std::string_view member;
  std::string_view attribute;
};

/// Adds what the document has of these numbers. Calls `other` for each other member; it reads the
/// value, or returns false.
template <typename Other>
void add_members(Span& span, std::string_view document, std::span<const Number> numbers,
                 const Other& other) {
  picus::json::Reader in(document);
  in.enter('{');
  while (in.next('}')) {
    const auto name = in.name();
    if (!name) return;
    const Number* found = nullptr;
    for (const Number& number : numbers) {
      if (number.member == name->text) found = &number;
    }
    if (found != nullptr) {
      if (const auto number = whole(in.number())) span.add(found->attribute, *number);
    } else if (!other(name->text, in)) {
      in.skip();
    }
  }
}

void add_request(Span& span, std::string_view request) {
  constexpr std::array<Number, 3> kNumbers = {{
      {"Limit", "aws.dynamodb.limit"},
      {"Segment", "aws.dynamodb.segment"},
      {"TotalSegments", "aws.dynamodb.total_segments"},
  }};
  add_members(span, request, kNumbers, [&](std::string_view name, picus::json::Reader& in) {
    if (name == "TableName") {
      const auto table = in.string();
      if (table) span.add("aws.dynamodb.table_names", std::array{table->text});
      return true;
    }
    if (name != "ConsistentRead") return false;
    if (const auto consistent = in.boolean()) {
      span.add("aws.dynamodb.consistent_read", *consistent);
    }
    return true;
  });
}

void add_response(Span& span, std::string_view response) {
  constexpr std::array<Number, 2> kNumbers = {{
      {"Count", "aws.dynamodb.count"},
      {"ScannedCount", "aws.dynamodb.scanned_count"},
  }};
  add_members(span, response, kNumbers, [&](std::string_view name, picus::json::Reader& in) {
    if (name != "ConsumedCapacity") return false;
    in.peek();
    const std::size_t begin = in.position();
    if (in.skip()) span.add("aws.dynamodb.consumed_capacity", std::array{in.since(begin)});
    return true;
  });
}

/// The code of AWS, or the kind of the failure of the network.
std::string_view type_of(const CallError& error) {
  if (!error.code.empty()) return error.code;
  return error.kind == CallError::Kind::deadline_exceeded ? "timeout" : "unavailable";
}

}  // namespace

std::string attempt_span(const TraceContext& of, const AttemptRecord& attempt,
                         const std::expected<std::string, FailedAttempt>& outcome) {
  Span span(of, {.id = attempt.span, .parent = of.span}, Span::Kind::client,
            concat(attempt.name, '.', attempt.operation));
  span.add("rpc.system", "aws-api");
  span.add("rpc.method", attempt.operation);
  if (attempt.service == "dynamodb") {
    span.add("db.system.name", "aws.dynamodb");
    span.add("db.operation.name", attempt.operation);
    add_request(span, attempt.request);
    if (outcome) add_response(span, *outcome);
  }
  if (!attempt.region.empty()) span.add("cloud.region", attempt.region);
  if (!attempt.request_id.empty()) span.add("aws.request_id", attempt.request_id);
  if (attempt.number > 1) {
    span.add("http.request.resend_count", std::int64_t{attempt.number} - 1);
  }
  if (!outcome) {
    span.add("error.type", type_of(outcome.error().error));
    // A write whose condition does not hold is a usual result.
    if (outcome.error().error.kind != CallError::Kind::condition_failed) span.fail();
  }
  return span.finish(attempt.begin, std::chrono::steady_clock::now());
}

}  // namespace picus::aws
