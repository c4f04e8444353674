#include "api/item_operations.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/conditions.h"
#include "api/cursor.h"
#include "api/item_response.h"
#include "api/routes.h"
#include "api/target.h"
#include "core/ascii.h"
#include "core/concat.h"
#include "core/limits.h"
#include "core/percent_encoding.h"
#include "json/text.h"

namespace picus {
namespace {

/// A page is held in memory as a whole: with large items it ends before its limit, and a Link
/// follows.
constexpr std::size_t kMaxPageBytes = 4UZ * 1024 * 1024;
/// What a list that is held in memory may ask a store for: its bytes end it first.
constexpr std::size_t kManyItems = 1'000'000;

/// Why the embedded store is lost.
std::string_view why_lost(const StoreHealth& health) {
  return health.has_lost_file ? "The store lost its file; restart the server."
                              : "The store cannot write to its file.";
}

Result<Key> key_in_query(const Target& target) {
  auto text = target.parameter("key");
  if (!text) return std::unexpected(std::move(text.error()));
  if (!*text) {
    return failure(ErrorCode::invalid_parameter,
                   "The parameter key is missing; add it, as in ?key=a%2Fb.");
  }
  return Key::parse(std::move(**text), ErrorCode::invalid_key);
}

Result<Key> key_of(const Request& request, std::string_view encoded) {
  if (encoded.empty()) return key_in_query(Target::split(request.target));
  auto text = percent_decode(encoded);
  if (!text) {
    return failure(ErrorCode::invalid_key,
                   "The key in the path is not percent-encoded; encode a % as %25.");
  }
  return Key::parse(std::move(*text), ErrorCode::invalid_key);
}

Result<bool> is_eventual(const Request& request) {
  const auto value = Target::split(request.target).parameter("consistency");
  if (!value) return std::unexpected(value.error());
  if (!*value || **value == "strong") return false;
  if (**value == "eventual") return true;
  return failure(ErrorCode::invalid_parameter,
                 "The parameter consistency must be strong or eventual.");
}

Result<std::optional<std::size_t>> page_limit(const Target& target) {
  const auto value = target.parameter("limit");
  if (!value) return std::unexpected(value.error());
  if (!*value) return std::nullopt;
  const std::string& text = **value;
  std::size_t limit = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || limit < 1 ||
      limit > kMaxPageItems) {
    return failure(
        ErrorCode::invalid_parameter,
        concat("The parameter limit must be a whole number from 1 to ", kMaxPageItems, "."));
  }
  return limit;
}

/// The headers of a list, without a body yet.
Response list_head(ListFormat format) {
  Response response = json_response({});
  response.headers.front().value = media_type(format);
  response.set("Vary", "Accept");
  return response;
}

/// For HEAD: nothing was read, so that the length is not known.
Response unread_list(ListFormat format) {
  Response response = list_head(format);
  response.body = std::unique_ptr<ByteStream>();
  return response;
}

}  // namespace

ItemOperations::ItemOperations(Store& store, IdSource& ids, std::chrono::milliseconds deadline,
                               RequestLimits limits)
    : store_(store),
      ids_(ids),
      deadline_(deadline),
      requests_(limits.max_in_flight),
      lists_(limits.max_streams),
      batches_(limits.max_streams),
      body_memory_(limits.max_body_memory),
      probe_(store) {}

Context ItemOperations::context(const Request& request, bool eventual) const {
  const auto deadline = std::chrono::steady_clock::now() + deadline_;
  return {.deadline = std::min(deadline, request.deadline),
          .eventual = eventual,
          .trace = request.trace};
}

asio::awaitable<Result<Response>> ItemOperations::get(const Request* request,
                                                      std::string_view encoded_key) {
  const auto eventual = is_eventual(*request);
  if (!eventual) co_return std::unexpected(eventual.error());
  auto key = key_of(*request, encoded_key);
  if (!key) co_return std::unexpected(std::move(key.error()));
  const auto place = requests_.take();
  if (!place) co_return too_many_requests();
  auto found = co_await store_.get(std::move(*key), context(*request, *eventual));
  if (!found) co_return std::unexpected(std::move(found.error()));
  if (!*found) co_return failure(ErrorCode::not_found, "There is no item with this key.");

  StoredItem& item = **found;
  const auto unmodified = is_unmodified(*request, item.etag);
  if (!unmodified) co_return std::unexpected(unmodified.error());
  Response response = json_response(std::move(item.json));
  if (item.etag) response.set("ETag", quoted(*item.etag));
  if (*unmodified) {
    response.status = 304;
    response.without_body = true;
  }
  co_return response;
}

asio::awaitable<Result<Response>> ItemOperations::list(const Request* request) {
  const Target target = Target::split(request->target);
  const auto eventual = is_eventual(*request);
  if (!eventual) co_return std::unexpected(eventual.error());
  const auto limit = page_limit(target);
  if (!limit) co_return std::unexpected(limit.error());
  const auto cursor = target.parameter("cursor");
  if (!cursor) co_return std::unexpected(cursor.error());
  if (*cursor && !*limit) {
    co_return failure(ErrorCode::invalid_parameter,
                      "The parameter cursor needs the parameter limit.");
  }
  ScanRequest scan{.after = {}, .max_items = 0, .max_bytes = 0, .separator = 0, .buffer = {}};
  if (*cursor) {
    auto position = decode_cursor(**cursor);
    if (!position) co_return std::unexpected(std::move(position.error()));
    scan.after = std::move(*position);
  }
  const ListFormat format = list_format(*request);
  scan.separator = separator(format);
  if (request->method == Method::head) co_return unread_list(format);
  const bool whole = request->max_list_bytes > 0;
  if (!*limit && !whole) co_return co_await list_all(format, context(*request, *eventual));
  scan.max_items = limit->value_or(kManyItems);
  scan.max_bytes = whole ? std::min(request->max_list_bytes, kMaxPageBytes) : kMaxPageBytes;
  co_return co_await list_page(format, std::move(scan), context(*request, *eventual));
}

asio::awaitable<Result<Response>> ItemOperations::list_page(ListFormat format, ScanRequest scan,
                                                            Context context) {
  const auto place = requests_.take();
  if (!place) co_return too_many_requests();
  const std::size_t limit = std::min(scan.max_items, kMaxPageItems);
  auto page = co_await store_.scan(std::move(scan), context);
  if (!page) co_return std::unexpected(std::move(page.error()));
  Response response = list_head(format);
  if (page->next) {
    response.set("Link", concat("<", route_of(Operation::list).pattern, "?limit=", limit,
                                "&cursor=", encode_cursor(*page->next), R"(>; rel="next")"));
  }
  response.body = page_text(std::move(*page), format);
  response.is_page_in_memory = true;
  co_return response;
}

asio::awaitable<Result<Response>> ItemOperations::list_all(ListFormat format, Context context) {
  auto place = lists_.take();
  if (!place) {
    co_return failure(ErrorCode::overloaded,
                      "The server has reached its limit of whole lists; retry later, or read the "
                      "list in pages with limit.");
  }
  auto pages = store_.scan_all({.page_bytes = kStreamPageBytes,
                                .separator = separator(format),
                                .page_deadline = deadline_,
                                .eventual = context.eventual,
                                .trace = std::move(context.trace)});
  auto first = co_await pages->read(std::string());
  if (!first) co_return std::unexpected(std::move(first.error()));
  Response response = list_head(format);
  response.body = list_stream(std::move(pages), std::move(*first), format, std::move(*place));
  co_return response;
}

asio::awaitable<Result<Response>> ItemOperations::remove(const Request* request,
                                                         std::string_view encoded_key) {
  auto condition = remove_condition(*request);
  if (!condition) co_return std::unexpected(std::move(condition.error()));
  auto key = key_of(*request, encoded_key);
  if (!key) co_return std::unexpected(std::move(key.error()));
  const auto place = requests_.take();
  if (!place) co_return too_many_requests();
  const Key removed_key = *key;
  auto removed = co_await store_.remove(std::move(*key), std::move(*condition), context(*request));
  if (!removed && removed.error().code() == ErrorCode::precondition_failed) {
    co_return std::unexpected(with_advice_on_weak_tags(std::move(removed.error()), *request));
  }
  if (!removed) co_return std::unexpected(std::move(removed.error()));
  std::string body = R"({"id":)";
  json::append_string(body, removed_key.text());
  body += R"(,"deleted":true})";
  co_return json_response(std::move(body));
}

asio::awaitable<Result<Response>> ItemOperations::ready(const Request* request) {
  StoreHealth health = store_.health();
  if (health.lost) {
    // After a failed disk it may be back: to ask tries that.
    co_await store_.ask(context(*request));
    health = store_.health();
  }
  if (health.lost) {
    co_return failure(ErrorCode::store_unavailable, std::string(why_lost(health)));
  }
  co_return json_response(health.damaged ? R"({"status":"ready","damage":true})"
                                         : R"({"status":"ready"})");
}

asio::awaitable<Result<Response>> ItemOperations::store_state(const Request* request) {
  const StoreState state = co_await probe_.state(context(*request));
  const StoreHealth health = store_.health();
  switch (state) {
    case StoreState::ok:
      co_return json_response(concat(R"({"status":"ok","store":")", store_.identity().kind, "\"}"));
    case StoreState::unreachable:
      co_return failure(
          ErrorCode::store_unavailable,
          concat("unreachable: ",
                 health.lost ? why_lost(health) : "the store does not respond in time."));
    case StoreState::denied:
      co_return failure(
          ErrorCode::store_unavailable,
          "denied: the store refuses the credentials of this server, or they lack a permission.");
    case StoreState::missing:
      co_return failure(ErrorCode::store_unavailable,
                        "missing: the table of this server does not exist, or has another key.");
    case StoreState::throttled:
      co_return failure(ErrorCode::throttled, "throttled: the store is throttling requests.");
  }
  std::unreachable();
}

}  // namespace picus
