#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/bulk.h"
#include "api/coded_body.h"
#include "api/conditions.h"
#include "api/item_operations.h"
#include "api/item_response.h"
#include "api/request_body.h"
#include "api/routes.h"
#include "api/target.h"
#include "auth/principal.h"
#include "core/ascii.h"
#include "core/concat.h"
#include "core/item_text.h"
#include "core/limits.h"
#include "core/percent_encoding.h"
#include "json/text.h"
#include "json/text_end.h"

// The put of one item, and of many.
namespace picus {
namespace {

/// What a line that is empty or fails counts besides, of a text that may not expand too far.
constexpr std::uint64_t kIdleLineBytes = 128;
/// How much of a body is read after a fault that ends its text, such as a syntax error in an array.
/// Many clients read the response only after they have sent their whole body; a client whose body
/// never ends gets it too.
constexpr std::uint64_t kMaxIgnoredBytes = 16UZ * 1024 * 1024;

/// The media type without parameters (RFC 9110, 8.3.1).
bool is_ndjson(const Request& request) {
  constexpr auto kTypes = std::to_array<std::string_view>({
      "application/x-ndjson",
      "application/ndjson",
      "application/jsonl",
      "application/x-jsonlines",
  });
  const std::string_view type = request.header("Content-Type").value_or("");
  const std::string_view essence = trimmed(type.substr(0, type.find(';')));
  return std::ranges::any_of(
      kTypes, [&](std::string_view name) { return equals_ignoring_case(essence, name); });
}

/// Several items have no one ETag, and no one response to repeat.
Result<void> expect_no_conditions(const Request& request) {
  for (const std::string_view name : {"Idempotency-Key", "If-Match", "If-None-Match"}) {
    if (!request.header(name)) continue;
    return failure(ErrorCode::bad_request,
                   std::string(name) +
                       " is for the put of one item; to make a bulk put repeatable, use "
                       "on_conflict=skip or on_conflict=replace.");
  }
  return {};
}

Result<OnConflict> on_conflict(const Request& request) {
  const auto value = Target::split(request.target).parameter("on_conflict");
  if (!value) return std::unexpected(value.error());
  if (!*value || **value == "fail") return OnConflict::fail;
  if (**value == "skip") return OnConflict::skip;
  if (**value == "replace") return OnConflict::replace;
  return failure(ErrorCode::invalid_parameter,
                 "The parameter on_conflict must be fail, skip or replace.");
}

/// The members of a report, without braces.
std::string report_members(const BulkReport& report, ItemFormat format) {
  std::string text =
      concat(R"("created":)", report.created, R"(,"replaced":)", report.replaced, R"(,"skipped":)",
             report.skipped, R"(,"failed":)", report.failed, R"(,"errors":[)");
  const std::string_view place = format == ItemFormat::lines ? R"({"line":)" : R"({"index":)";
  for (const BulkError& error : report.errors) {
    if (!text.ends_with('[')) text += ',';
    text.append(place).append(std::to_string(error.position)).append(R"(,"code":)");
    json::append_string(text, traits(error.code).name);
    text += R"(,"detail":)";
    json::append_string(text, error.detail);
    text += '}';
  }
  return text + ']';
}

Result<Response> bulk_response(const BulkReport& report, ItemFormat format) {
  std::string members = report_members(report, format);
  if (report.failed > 0 && report.created + report.replaced + report.skipped == 0) {
    Error error(ErrorCode::bulk_failed,
                concat("No item was written: ", report.failed,
                       " failed. The member errors lists the first errors."));
    error.set_members(std::move(members));
    return std::unexpected(std::move(error));
  }
  return json_response('{' + members + '}');
}

/// What to say of a body that is no JSON, because a client sent a file as browsers do.
std::string_view advice_for_form(const Request& request) {
  constexpr std::string_view kForm = "multipart/form-data";
  const std::string_view type = request.header("Content-Type").value_or("").substr(0, kForm.size());
  if (!equals_ignoring_case(type, kForm)) return "";
  return "; the body is a form (multipart/form-data): send the JSON text itself as the body";
}

/// What to say of a body that is no JSON, because it has more than one item.
std::string_view advice_for_several(std::string_view body) {
  std::string_view text = trimmed(body);
  json::TextEnd end;
  text.remove_prefix(end.feed(text));
  if (!end.complete() || !trimmed(text).starts_with('{')) return "";
  return "; to send several items, use application/x-ndjson with one item per line, or a JSON "
         "array";
}

}  // namespace

/// A bulk put whose format is known.
struct ItemOperations::Many {
  const Request* request;
  ItemFormat format;
  OnConflict on_conflict;
  const DecodedBody* body;
  std::string_view begin;  // of its text, what was read
};

asio::awaitable<Result<Response>> ItemOperations::put(const Request* request) {
  if (is_ndjson(*request)) return put_lines(request);
  return put_one(request);
}

asio::awaitable<Result<Response>> ItemOperations::put_one(const Request* request) {
  const auto conflict = on_conflict(*request);
  if (!conflict) co_return std::unexpected(conflict.error());
  auto condition = put_condition(*request);
  if (!condition) co_return std::unexpected(std::move(condition.error()));
  const std::string_view caller = request->principal != nullptr ? request->principal->name() : "";
  auto hash = idempotency(*request, caller);
  if (!hash) co_return std::unexpected(std::move(hash.error()));

  const auto coding = content_coding(*request);
  if (!coding) co_return std::unexpected(coding.error());
  const DecodedBody decoded(*request, *coding, body_memory_);
  RequestBody body(decoded.text(), kMaxBodyBytes, body_memory_);
  const auto text = co_await body.read_all();
  if (!text) co_return std::unexpected(text.error());
  if (body.begins_array()) {
    const auto plain = expect_no_conditions(*request);
    if (!plain) co_return std::unexpected(plain.error());
    const Many many{.request = request,
                    .format = ItemFormat::array,
                    .on_conflict = *conflict,
                    .body = &decoded,
                    .begin = *text};
    co_return co_await put_many(&many);
  }
  if (*conflict != OnConflict::fail) {
    co_return failure(ErrorCode::invalid_parameter,
                      "on_conflict is for a bulk put (NDJSON or a JSON array); "
                      "If-Match: * replaces one item.");
  }
  auto item = read_one(*request, *text, hash->transform(uuid8));
  if (!item) co_return std::unexpected(std::move(item.error()));
  co_return co_await store_one(request, std::move(*item), std::move(*condition), *hash);
}

Result<NewItem> ItemOperations::read_one(const Request& request, std::string_view text,
                                         const std::optional<std::string>& fallback_id) {
  json::ItemParser parser;
  auto item = read_item(parser, text, ids_, fallback_id);
  if (item || item.error().code() != ErrorCode::invalid_json) return item;
  return failure(ErrorCode::invalid_json, concat(item.error().message(), advice_for_several(text),
                                                 advice_for_form(request)));
}

asio::awaitable<Result<Response>> ItemOperations::store_one(
    const Request* request, NewItem item, PutCondition condition,
    std::optional<IdempotencyHash> idempotency) {
  // Only now: a body that does not arrive keeps nobody out.
  const auto place = requests_.take();
  if (!place) co_return too_many_requests();
  const Key key = item.key;
  const Etag etag = item.etag;
  const bool asks_for_absence = request->header("If-None-Match").has_value();
  auto outcome =
      co_await store_.put(std::move(item), std::move(condition), idempotency, context(*request));
  if (outcome) co_return put_response(key, etag, *outcome);
  if (outcome.error().code() == ErrorCode::precondition_failed) {
    co_return std::unexpected(with_advice_on_weak_tags(std::move(outcome.error()), *request));
  }
  if (outcome.error().code() != ErrorCode::already_exists) {
    co_return std::unexpected(std::move(outcome.error()));
  }
  if (asks_for_absence) {
    co_return failure(ErrorCode::precondition_failed,
                      "An item with this key exists, and the request has If-None-Match: *.");
  }
  co_return failure(
      ErrorCode::already_exists,
      "An item with this key exists; to replace it, use If-Match with its ETag, or with *.");
}

asio::awaitable<Result<Response>> ItemOperations::put_lines(const Request* request) {
  const auto plain = expect_no_conditions(*request);
  if (!plain) co_return std::unexpected(plain.error());
  const auto conflict = on_conflict(*request);
  if (!conflict) co_return std::unexpected(conflict.error());
  const auto coding = content_coding(*request);
  if (!coding) co_return std::unexpected(coding.error());
  const DecodedBody decoded(*request, *coding, body_memory_);
  const Many many{.request = request,
                  .format = ItemFormat::lines,
                  .on_conflict = *conflict,
                  .body = &decoded,
                  .begin = {}};
  co_return co_await put_many(&many);
}

asio::awaitable<Result<Response>> ItemOperations::put_many(const Many* many) {
  BulkPut bulk(store_, ids_, body_memory_, batches_,
               {.format = many->format,
                .on_conflict = many->on_conflict,
                .deadline = deadline_,
                .latest = many->request->deadline,
                .trace = many->request->trace});
  co_await bulk.feed(many->begin);
  const DecodedBody& body = *many->body;
  std::uint64_t ignored_bytes = 0;
  while (ByteStream* const source = bulk.ended() ? body.coded() : body.text()) {
    const bool decodes = source == body.gunzip();
    const auto piece = co_await source->read();
    if (!piece) {
      if (!decodes || body.gunzip()->is_interrupted()) co_return std::unexpected(piece.error());
      bulk.break_off(piece.error());
      continue;
    }
    if (bulk.ended()) ignored_bytes += piece->size();
    if (piece->empty() || ignored_bytes > kMaxIgnoredBytes) break;
    co_await bulk.feed(*piece);
    if (decodes && !bulk.ended() &&
        body.gunzip()->expands_too_far(kIdleLineBytes * bulk.idle_lines())) {
      bulk.break_off(GunzipBody::too_large().error());
    }
  }
  co_await bulk.finish();
  if (auto error = bulk.total_failure()) co_return std::unexpected(std::move(*error));
  co_return bulk_response(bulk.report(), many->format);
}

}  // namespace picus
