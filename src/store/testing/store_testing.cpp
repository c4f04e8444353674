#include "store/testing/store_testing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <map>
#include <utility>

#include "core/run.h"

namespace picus {
namespace {

std::string name_of(const Error& error) { return std::string(traits(error.code()).name); }

std::string_view word(const BulkOutcome& outcome) {
  if (!outcome) return traits(outcome.error()).name;
  switch (*outcome) {
    case Written::created:
      return "created";
    case Written::replaced:
      return "replaced";
    case Written::skipped:
      return "skipped";
  }
  return "unknown";
}

}  // namespace

Key key(std::string text) { return Key::parse(std::move(text), ErrorCode::invalid_key).value(); }

NewItem item(std::string id, std::string_view members) {
  return make_item(key(std::move(id)), members, members.size()).value();
}

NewItem large_item(std::string id, std::size_t bytes) {
  return item(std::move(id), R"("x":")" + std::string(bytes, 'x') + '"');
}

IdempotencyHash hash(std::uint8_t number) {
  IdempotencyHash hash{};
  hash.fill(number);
  return hash;
}

Context in_time() { return {.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1)}; }

Context too_late() { return {.deadline = std::chrono::steady_clock::now()}; }

std::string words(const Result<PutOutcome>& result) {
  if (!result) return name_of(result.error());
  return std::string(result->created ? "created" : "replaced") +
         (result->replayed ? " before" : "");
}

std::string words(const Result<std::vector<BulkOutcome>>& result) {
  if (!result) return name_of(result.error());
  std::string all;
  for (const BulkOutcome outcome : *result) {
    if (!all.empty()) all += ' ';
    all += word(outcome);
  }
  return all;
}

std::string words(const Result<std::optional<StoredItem>>& result) {
  if (!result) return name_of(result.error());
  return *result ? canonical((*result)->json) : "absent";
}

std::string canonical(std::string_view item) {
  const boost::json::value parsed = boost::json::parse(item);
  std::map<std::string, boost::json::value> members;
  for (const auto& member : parsed.as_object()) members.emplace(member.key(), member.value());
  std::string text;
  for (const auto& [name, value] : members) {
    text += (text.empty() ? "{" : ",") + boost::json::serialize(boost::json::string(name)) + ':' +
            boost::json::serialize(value);
  }
  return text + '}';
}

std::string words(const Result<void>& result) { return result ? "done" : name_of(result.error()); }

std::string StoreCaller::get(std::string id) {
  return words(run(store_.get(key(std::move(id)), context_)));
}

std::optional<Etag> StoreCaller::etag(std::string id) {
  const auto found = run(store_.get(key(std::move(id)), context_));
  return found && *found ? (*found)->etag : std::nullopt;
}

std::string StoreCaller::put(NewItem item, PutCondition condition,
                             std::optional<IdempotencyHash> idempotency) {
  return words(run(store_.put(std::move(item), std::move(condition), idempotency, context_)));
}

std::string StoreCaller::put_many(std::vector<NewItem> items, OnConflict on_conflict) {
  return words(run(store_.put_many(std::move(items), on_conflict, context_)));
}

std::string StoreCaller::remove(std::string id, RemoveCondition condition) {
  return words(run(store_.remove(key(std::move(id)), std::move(condition), context_)));
}

std::string StoreCaller::ask() { return std::string(name_of(run(store_.ask(context_)))); }

Result<Page> StoreCaller::scan(std::string after, std::size_t max_items, std::size_t max_bytes) {
  return run(store_.scan(
      {.after = std::move(after), .max_items = max_items, .max_bytes = max_bytes, .buffer = {}},
      context_));
}

std::vector<std::string> StoreCaller::all(std::size_t max_items, std::size_t max_bytes) {
  std::vector<std::string> texts;
  std::string after;
  for (;;) {
    const auto page = scan(std::move(after), max_items, max_bytes);
    if (!page) {
      ADD_FAILURE() << words(Result<void>(std::unexpected(page.error())));
      return texts;
    }
    std::vector<std::string> found = lines(*page);
    std::ranges::transform(found, found.begin(), canonical);
    EXPECT_EQ(found.size(), page->count);
    EXPECT_LE(page->count, max_items);
    texts.insert(texts.end(), found.begin(), found.end());
    if (!page->next) return texts;
    EXPECT_NE(page->count, 0U) << "a page with a next";
    after = *page->next;
  }
}

std::vector<std::string> lines(const Page& page) {
  std::vector<std::string> found;
  std::string_view rest = page.text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      ADD_FAILURE() << "no new line behind the last item";
      return found;
    }
    found.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return found;
}

}  // namespace picus
