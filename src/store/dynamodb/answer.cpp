#include "store/dynamodb/answer.h"

#include <utility>

#include "json/attributes.h"

namespace picus {
namespace {

std::unexpected<Error> unreadable(const json::Reader& in) {
  return failure(ErrorCode::store_unavailable, "The response of the store cannot be read.",
                 in.error());
}

/// Whether the value of an attribute is a string.
bool is_string(json::Reader value) {
  if (!value.enter('{') || !value.next('}')) return false;
  const auto type = value.name();
  return type && type->text == "S" && value.string();
}

/// Reads past what could not be read as an item. False: it has no key, or is no JSON: then the
/// answer is none.
bool pass_unreadable(json::Reader& in, std::string_view key_attribute) {
  std::string buffer;
  bool has_key = false;
  in.enter('{');
  while (in.next('}')) {
    const auto name = in.name();
    if (!name) return false;
    const bool is_key = name->unescaped(buffer) == key_attribute;
    has_key = has_key || (is_key && is_string(in));
    if (!in.skip()) return false;
  }
  return has_key && !in.failed();
}

/// An item that another program wrote, and that is no item to us.
std::unexpected<Error> damaged(const json::Reader& in) {
  return failure(ErrorCode::store_damaged, "An item in the table cannot be read.", in.error());
}

/// The items of `Items` while the page has room. The key of the last one where it has none left.
Result<std::optional<std::string>> append_items(Page& page, json::Reader& in,
                                                const PageLimits& limits,
                                                std::string_view key_attribute) {
  std::optional<json::RawString> last;
  std::string buffer;
  in.enter('[');
  while (in.next(']')) {
    if (last && limits.reached_by(page)) return std::string(last->unescaped(buffer));
    json::Reader past = in;
    const std::size_t begin = page.text.size();
    const auto item =
        json::append_item(page.text, in, {.key = key_attribute, .meta = kMetaAttribute});
    if (!item) {
      if (!pass_unreadable(past, key_attribute)) return std::nullopt;  // `in` has failed
      if (!limits.skip_damaged) return damaged(in);
      page.text.resize(begin);
      page.damaged.emplace_back();
      in = past;
      continue;
    }
    page.text += limits.separator;
    ++page.count;
    last = item->key;
  }
  return std::nullopt;
}

/// Whether `{}` comes now. Some services end a table with it.
bool is_empty_object(json::Reader in) { return in.enter('{') && !in.next('}') && !in.failed(); }

/// The key in `{"id":{"S":"…"}}`.
std::optional<std::string> read_key(json::Reader& in, std::string_view key_attribute) {
  std::string text;
  const auto item = json::append_item(text, in, {.key = key_attribute, .meta = kMetaAttribute});
  if (!item) return std::nullopt;
  std::string buffer;
  return std::string(item->key.unescaped(buffer));
}

/// Reads past an item, except for its meta.
ItemMeta pass_item(json::Reader& in) {
  ItemMeta meta;
  std::string buffer;
  in.enter('{');
  while (in.next('}')) {
    const auto name = in.name();
    if (!name) return meta;
    const bool is_meta = name->unescaped(buffer) == kMetaAttribute;
    const std::size_t begin = in.position();
    if (!in.skip()) return meta;
    if (is_meta) meta = read_meta(in.since(begin));
  }
  return meta;
}

}  // namespace

Result<std::optional<StoredItem>> read_get_item(std::string_view answer,
                                                std::string_view key_attribute) {
  json::Reader in(answer);
  std::optional<StoredItem> found;
  in.enter('{');
  while (in.next('}')) {
    const auto name = in.name();
    if (!name) break;
    if (name->text != "Item") {
      in.skip();
      continue;
    }
    found.emplace();
    found->json.reserve(answer.size());
    json::Reader past = in;
    const auto item =
        json::append_item(found->json, in, {.key = key_attribute, .meta = kMetaAttribute});
    if (!item && pass_unreadable(past, key_attribute)) return damaged(in);
    if (item && !item->meta.empty()) found->etag = read_meta(item->meta).etag;
  }
  if (!in.end()) return unreadable(in);
  return found;
}

Result<std::optional<ItemMeta>> read_met_item(std::string_view answer, std::string_view member) {
  json::Reader in(answer);
  std::optional<ItemMeta> met;
  in.enter('{');
  while (in.next('}')) {
    const auto name = in.name();
    if (!name) break;
    if (name->text == member) {
      met = pass_item(in);
    } else {
      in.skip();
    }
  }
  if (!in.end()) return unreadable(in);
  return met;
}

Result<std::optional<std::string>> append_scan(Page& page, std::string_view answer,
                                               const PageLimits& limits,
                                               std::string_view key_attribute) {
  json::Reader in(answer);
  std::optional<std::string> next;
  in.enter('{');
  while (in.next('}')) {
    const auto name = in.name();
    if (!name) break;
    if (name->text == "Items") {
      auto last = append_items(page, in, limits, key_attribute);
      if (!last || *last) return last;
    } else if (name->text == "LastEvaluatedKey" && in.peek() != 'n' && !is_empty_object(in)) {
      next = read_key(in, key_attribute);
    } else {
      in.skip();
    }
  }
  if (!in.end()) return unreadable(in);
  return next;
}

}  // namespace picus
