#include "cli/server_sink.h"

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/percent_encoding.h"
#include "json/member.h"

namespace picus::cli {
namespace {

namespace json = boost::json;
using picus::json::object_of;
using picus::json::text_of;

constexpr std::size_t kMaxAnswerBytes = 4UZ * 1024 * 1024;

/// Text as the body of a request.
class TextStream final : public ByteStream {
 public:
  explicit TextStream(std::string_view text) : text_(text), bytes_(text.size()) {}
  asio::awaitable<Result<std::string_view>> read() override {
    co_return std::exchange(text_, std::string_view());
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return bytes_; }

 private:
  std::string_view text_;
  std::size_t bytes_;
};

std::string_view word_of(OnConflict on_conflict) {
  switch (on_conflict) {
    case OnConflict::fail:
      return "fail";
    case OnConflict::skip:
      return "skip";
    case OnConflict::replace:
      return "replace";
  }
  std::unreachable();
}

std::uint64_t number(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_int64() && *value->if_int64() > 0
             ? static_cast<std::uint64_t>(*value->if_int64())
             : 0;
}

std::vector<RefusedItem> refused_of(const json::object& report) {
  std::vector<RefusedItem> refused;
  const json::value* errors = report.if_contains("errors");
  if (errors == nullptr || !errors->is_array()) return refused;
  for (const json::value& value : *errors->if_array()) {
    if (!value.is_object()) continue;
    const json::object& error = *value.if_object();
    const std::uint64_t line = number(error, "line");
    if (line == 0) continue;
    refused.push_back({line - 1, text_of(error, "code"), text_of(error, "detail")});
  }
  return refused;
}

/// Whether a report says of each of so many lines what became of it. The list of the lines that
/// failed may be shorter than their number, but not empty.
bool accounts_for(std::size_t lines, const BatchOutcome& outcome, std::uint64_t failed) {
  std::uint64_t left = lines;
  for (const std::uint64_t part : {outcome.created, outcome.replaced, outcome.skipped, failed}) {
    if (part > left) return false;
    left -= part;
  }
  std::vector<std::uint64_t> listed;
  listed.reserve(outcome.refused.size());
  for (const RefusedItem& item : outcome.refused) listed.push_back(item.index);
  std::ranges::sort(listed);
  return left == 0 && listed.size() <= failed && listed.empty() == (failed == 0) &&
         std::ranges::adjacent_find(listed) == listed.end() &&
         (listed.empty() || listed.back() < lines);
}

/// Whether a later item with the same key was stored, which the item at `place` of `sent` would
/// replace if it were sent again.
bool is_overtaken(const std::vector<NewItem>& batch, const std::vector<RefusedItem>& sent,
                  const std::vector<RefusedItem>& refused, std::size_t place) {
  const Key& key = batch[sent[place].index].key;
  for (std::size_t later = place + 1; later < sent.size(); ++later) {
    const bool is_same = batch[sent[later].index].key == key;
    if (is_same && !std::ranges::count(refused, later, &RefusedItem::index)) return true;
  }
  return false;
}

/// Whether an item that failed with this code may be stored later.
bool is_temporary(std::string_view code) {
  for (std::size_t i = 0; i < kErrorCodes; ++i) {
    const ErrorTraits known = traits(static_cast<ErrorCode>(i));
    if (known.name == code) return known.retryable;
  }
  return false;
}

}  // namespace

asio::awaitable<std::expected<net::ResponseHead, std::string>> ask(net::HttpClient* client,
                                                                   Authorization* authorization,
                                                                   net::HttpRequest request) {
  auto value = co_await authorization->value();
  if (!value) co_return std::unexpected(std::move(value.error()));
  if (*value) request.headers.push_back({"Authorization", std::move(**value)});
  co_return co_await client->send(std::move(request));
}

asio::awaitable<std::expected<std::string, std::string>> read_all(net::HttpClient* client,
                                                                  std::size_t most) {
  std::string text;
  for (;;) {
    const auto piece = co_await client->read();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return text;
    text += *piece;
    if (text.size() > most) {
      co_return std::unexpected("The response of the server is too long.");
    }
  }
}

std::string refusal(unsigned status, std::string_view body) {
  const auto problem = object_of(body);
  std::string message = "The server returned " + std::to_string(status);
  const std::string code = problem ? text_of(*problem, "code") : std::string();
  if (!code.empty()) message += " " + code + ": " + text_of(*problem, "detail");
  if (status >= 300 && status < 400) message += ", a redirect: give the URL that it leads to.";
  if (status == 401) {
    message += " Give a valid token with --token-file FILE, PICUS_TOKEN or --token aws.";
  }
  return message;
}

std::string with_advice(std::string error) {
  if (error.contains("certificate: ")) {
    error += " If the server has a certificate of your own, give --ca-bundle FILE.";
  }
  return error;
}

asio::awaitable<std::expected<ServerSink::Answer, std::string>> ServerSink::send_once(
    std::string target, std::string_view text, std::size_t lines) {
  retries_.begin();
  TextStream body(text);
  net::HttpRequest request{.method = "POST", .target = std::move(target), .headers = {}};
  request.headers.push_back({"Content-Type", "application/x-ndjson"});
  request.stream = &body;
  auto response = co_await ask(client_.get(), &authorization_, std::move(request));
  if (!response) co_return std::unexpected(with_advice(response.error()));
  const auto answer = co_await read_all(client_.get(), kMaxAnswerBytes);
  if (!answer) co_return std::unexpected(answer.error());
  retries_.take(*response);
  auto report = object_of(*answer);
  // All items failed: that is a problem with the members of a report.
  const bool all_failed = report && text_of(*report, "code") == "bulk-failed";
  if (response->status != 200 && !all_failed) {
    is_full_ = response->status == traits(ErrorCode::store_full).status;
    co_return std::unexpected(refusal(response->status, *answer));
  }
  if (!report || !report->contains("created")) {
    co_return std::unexpected(std::string(kForeign));
  }
  Answer parsed;
  parsed.outcome.created = number(*report, "created");
  parsed.outcome.replaced = number(*report, "replaced");
  parsed.outcome.skipped = number(*report, "skipped");
  parsed.outcome.refused = refused_of(*report);
  parsed.failed = number(*report, "failed");
  if (!accounts_for(lines, parsed.outcome, parsed.failed)) {
    co_return std::unexpected("The response of the server does not account for each item.");
  }
  co_return parsed;
}

asio::awaitable<std::expected<ServerSink::Answer, std::string>> ServerSink::send(
    std::string target, std::string text, std::size_t lines) {
  const auto end = Clock::now() + Retries::kPatience;
  for (;;) {
    auto answer = co_await send_once(target, text, lines);
    if (answer || !co_await retries_.wait_until(end)) co_return answer;
  }
}

asio::awaitable<std::expected<ServerSink::Held, std::string>> ServerSink::held_once(Key key,
                                                                                    Etag etag) {
  retries_.begin();
  net::HttpRequest request{
      .method = "GET", .target = "/picus/get?key=" + percent_encode(key.text()), .headers = {}};
  request.headers.push_back({"If-None-Match", "\"" + std::string(etag.text()) + "\""});
  auto response = co_await ask(client_.get(), &authorization_, std::move(request));
  if (!response) co_return std::unexpected(response.error());
  const auto body = co_await read_all(client_.get(), kMaxAnswerBytes);
  if (!body) co_return std::unexpected(body.error());
  switch (response->status) {
    case 200:
      co_return Held::other;
    case 304:
      co_return Held::equal;
    case 404:
      co_return Held::nothing;
    default:
      retries_.take(*response);
      co_return std::unexpected(refusal(response->status, *body));
  }
}

asio::awaitable<std::expected<ServerSink::Held, std::string>> ServerSink::held(Key key, Etag etag) {
  const auto end = Clock::now() + Retries::kPatience;
  for (;;) {
    auto found = co_await held_once(key, etag);
    if (found || !co_await retries_.wait_until(end)) co_return found;
  }
}

/// Of `progress->left`, which was sent with on_conflict=fail: what is stored, what is refused, and
/// what is left? The server lists only the first errors, so if there were more, it is asked for
/// every item.
asio::awaitable<std::optional<std::string>> ServerSink::sort_out(const std::vector<NewItem>* batch,
                                                                 Answer answer,
                                                                 Progress* progress) {
  BatchOutcome& outcome = progress->outcome;
  const std::vector<RefusedItem> sent = std::exchange(progress->left, {});
  const bool all_listed = answer.failed <= answer.outcome.refused.size();
  std::vector<const RefusedItem*> why(sent.size());
  for (const RefusedItem& item : answer.outcome.refused) {
    if (item.index < why.size()) why[item.index] = &item;
  }
  std::uint64_t equal_items = 0;
  for (std::size_t n = 0; n < sent.size(); ++n) {
    if (all_listed && why[n] == nullptr) continue;
    const std::size_t index = sent[n].index;
    const auto found = co_await held((*batch)[index].key, (*batch)[index].etag);
    if (!found) co_return found.error();
    if (*found == Held::equal) {
      ++equal_items;
    } else if (why[n] != nullptr && why[n]->code != "already-exists") {
      auto& to = is_temporary(why[n]->code) ? progress->left : outcome.refused;
      to.push_back({index, why[n]->code, why[n]->detail});
    } else if (*found == Held::other) {
      outcome.refused.push_back(
          {index, "already-exists", "A stored item with other content has this id."});
    } else {
      progress->left.push_back({index, "store-unavailable", "The server did not store the item."});
    }
  }
  const std::uint64_t written = all_listed ? 0 : answer.outcome.created;
  outcome.created += answer.outcome.created;
  outcome.skipped += equal_items - std::min(written, equal_items);
  co_return std::nullopt;
}

/// The same where keys that are taken are no errors. The server lists only the first errors, so if
/// there were more, it is not known which items after the last one in the list are stored. They are
/// left too: to send a stored item again does not change it.
void ServerSink::take(const std::vector<NewItem>& batch, OnConflict on_conflict,
                      const Answer& answer, Progress* progress) {
  std::vector<RefusedItem> sent = std::exchange(progress->left, {});
  BatchOutcome& outcome = progress->outcome;
  const std::vector<RefusedItem>& refused = answer.outcome.refused;
  const bool all_listed = answer.failed <= refused.size();
  const std::size_t known =
      all_listed ? sent.size() : std::min(sent.size(), refused.back().index + 1);
  count(answer.outcome, all_listed ? sent.size() : known - std::min(known, refused.size()),
        progress);
  std::vector<RefusedItem> unknown;
  for (std::size_t n = known; n < sent.size(); ++n) {
    unknown.push_back({sent[n].index, "store-unavailable", "The server did not report the item."});
  }
  sent.resize(known);
  for (const RefusedItem& item : refused) {
    if (item.index >= sent.size()) continue;
    const bool is_temporary_failure = is_temporary(item.code);
    if (is_temporary_failure && on_conflict == OnConflict::replace &&
        is_overtaken(batch, sent, refused, item.index)) {
      ++outcome.replaced;
      continue;
    }
    auto& to = is_temporary_failure ? progress->left : outcome.refused;
    to.push_back({sent[item.index].index, item.code, item.detail});
  }
  progress->has_to_wait = !progress->left.empty();
  std::ranges::move(unknown, std::back_inserter(progress->left));
}

/// Counts the items that an answer reports as stored, without those that were counted before.
/// `settled`: at most this number of them is not sent again.
void ServerSink::count(const BatchOutcome& stored, std::uint64_t settled, Progress* progress) {
  BatchOutcome& outcome = progress->outcome;
  // An item that is sent again after it was stored is skipped or replaced.
  const std::uint64_t skipped_again = std::min(progress->counted, stored.skipped);
  const std::uint64_t replaced_again = std::min(progress->counted - skipped_again, stored.replaced);
  outcome.created += stored.created;
  outcome.replaced += stored.replaced - replaced_again;
  outcome.skipped += stored.skipped - skipped_again;
  const std::uint64_t all = stored.created + stored.replaced + stored.skipped;
  progress->counted += all - std::min(settled, all) - skipped_again - replaced_again;
}

asio::awaitable<std::expected<BatchOutcome, std::string>> ServerSink::put(
    std::vector<NewItem> batch, OnConflict on_conflict) {
  const std::string target = "/picus/put?on_conflict=" + std::string(word_of(on_conflict));
  Progress progress;
  for (std::size_t n = 0; n < batch.size(); ++n) {
    progress.left.push_back({.index = n, .code = {}, .detail = {}});
  }
  for (auto end = Clock::now() + Retries::kPatience;;) {
    std::string text;
    for (const RefusedItem& item : progress.left) text.append(batch[item.index].json) += '\n';
    auto answer = co_await send(target, std::move(text), progress.left.size());
    if (!answer) {
      const bool is_first = progress.left.front().code.empty();
      if (is_first) co_return std::unexpected(answer.error());
      break;  // what was stored before counts, and the rest has its reason
    }
    const std::size_t sent = progress.left.size();
    if (on_conflict == OnConflict::fail && answer->failed > 0) {
      auto error = co_await sort_out(&batch, std::move(*answer), &progress);
      if (error) co_return std::unexpected(std::move(*error));
    } else {
      take(batch, on_conflict, *answer, &progress);
    }
    if (progress.left.empty()) break;
    if (progress.left.size() < sent) end = Clock::now() + Retries::kPatience;
    retries_.begin();
    if (progress.has_to_wait && !co_await retries_.wait_until(end)) break;
  }
  auto& refused = progress.outcome.refused;
  std::ranges::move(progress.left, std::back_inserter(refused));
  std::ranges::sort(refused, {}, &RefusedItem::index);
  co_return std::move(progress.outcome);
}

}  // namespace picus::cli
