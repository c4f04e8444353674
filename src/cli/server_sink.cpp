#include "cli/server_sink.h"

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <optional>
#include <ranges>
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
/// A server lists so many errors: of so many lines it reports each one that failed.
constexpr std::size_t kListedErrors = 100;
constexpr std::string_view kNotStored = "The server did not store the item.";

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
                  const std::vector<bool>& stored, std::size_t place) {
  const Key& key = batch[sent[place].index].key;
  for (std::size_t later = place + 1; later < sent.size(); ++later) {
    if (stored[later] && batch[sent[later].index].key == key) return true;
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
    was_reached_ = response->status == traits(ErrorCode::store_full).status;
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
    was_reached_ = true;
    co_return std::unexpected("The response of the server does not account for each of the " +
                              std::to_string(lines) + " items that were sent.");
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
      progress->left.push_back({index, "store-unavailable", std::string(kNotStored)});
    }
  }
  const std::uint64_t written = all_listed ? 0 : answer.outcome.created;
  outcome.created += answer.outcome.created;
  outcome.skipped += equal_items - std::min(written, equal_items);
  progress->has_to_wait = !progress->left.empty();
  co_return std::nullopt;
}

/// How many items the server stored from the place `known` on, where its list of errors ends.
std::uint64_t ServerSink::stored_after(std::size_t known, const Answer& answer) {
  const BatchOutcome& outcome = answer.outcome;
  const std::uint64_t all = outcome.created + outcome.replaced + outcome.skipped;
  return all - std::min<std::uint64_t>(all, known - std::min(known, outcome.refused.size()));
}

/// Which of `sent` are stored, by an answer whose list of errors ends before the place `known`? The
/// server is asked for each later item, unless it stored none of them.
asio::awaitable<std::expected<std::vector<bool>, std::string>> ServerSink::stored_of(
    const std::vector<NewItem>* batch, const std::vector<RefusedItem>* sent, std::size_t known,
    OnConflict on_conflict, const Answer* answer) {
  std::vector<bool> stored(sent->size());
  std::fill_n(stored.begin(), known, true);
  for (const RefusedItem& item : answer->outcome.refused) stored[item.index] = false;
  if (stored_after(known, *answer) == 0) co_return stored;
  for (std::size_t n = known; n < sent->size(); ++n) {
    const NewItem& item = (*batch)[(*sent)[n].index];
    const auto found = co_await held(item.key, item.etag);
    if (!found) co_return std::unexpected(found.error());
    stored[n] = *found == Held::equal || (*found == Held::other && on_conflict == OnConflict::skip);
  }
  co_return stored;
}

/// The same as `sort_out` where keys that are taken are no errors. An item that is stored is not
/// sent again: that would undo what another client has written since. If fewer items are found than
/// the server stored, another client has changed or deleted some, and the import stops. This is not
/// noticed if as many others, which failed, were stored before with the same content.
asio::awaitable<std::optional<std::string>> ServerSink::take(const std::vector<NewItem>* batch,
                                                             OnConflict on_conflict, Answer answer,
                                                             Progress* progress) {
  const std::vector<RefusedItem> sent = std::exchange(progress->left, {});
  BatchOutcome& outcome = progress->outcome;
  const std::vector<RefusedItem>& refused = answer.outcome.refused;
  const bool all_listed = answer.failed <= refused.size();
  const std::size_t known =
      all_listed ? sent.size() : std::ranges::max(refused, {}, &RefusedItem::index).index + 1;
  const auto stored = co_await stored_of(batch, &sent, known, on_conflict, &answer);
  if (!stored) co_return stored.error();
  std::vector<RefusedItem> why(sent.size(), {0, "store-unavailable", std::string(kNotStored)});
  for (const RefusedItem& item : refused) why[item.index] = item;
  const bool replaces = on_conflict == OnConflict::replace;
  std::uint64_t& unchanged = replaces ? outcome.replaced : outcome.skipped;
  std::uint64_t found = 0;  // after `known`
  progress->has_to_wait = false;
  for (std::size_t n = 0; n < sent.size(); ++n) {
    const bool is_known = n < known;
    if ((*stored)[n]) {
      if (!is_known) ++found;
      continue;
    }
    const bool is_temporary_failure = is_temporary(why[n].code);
    if (replaces && is_temporary_failure && is_overtaken(*batch, sent, *stored, n)) {
      ++(is_known ? unchanged : found);
      continue;
    }
    if (is_known && is_temporary_failure) progress->has_to_wait = true;
    auto& to = is_temporary_failure ? progress->left : outcome.refused;
    to.push_back({sent[n].index, why[n].code, why[n].detail});
  }
  const std::uint64_t written = stored_after(known, answer);
  if (found < written) {
    co_return "Another client changes items of this import: it is not known which to send again.";
  }
  unchanged += found - written;
  outcome.created += answer.outcome.created;
  outcome.replaced += answer.outcome.replaced;
  outcome.skipped += answer.outcome.skipped;
  co_return std::nullopt;
}

asio::awaitable<std::expected<BatchOutcome, std::string>> ServerSink::put(
    std::vector<NewItem> batch, OnConflict on_conflict) {
  const std::string target = "/picus/put?on_conflict=" + std::string(word_of(on_conflict));
  Progress progress;
  for (std::size_t n = 0; n < batch.size(); ++n) {
    progress.left.push_back({.index = n, .code = {}, .detail = {}});
  }
  for (auto end = Clock::now() + Retries::kPatience;;) {
    const bool is_first = progress.left.front().code.empty();
    const std::size_t left_before = progress.left.size();
    const std::size_t lines = is_first ? left_before : std::min(left_before, kListedErrors);
    std::string text;
    for (const RefusedItem& item : progress.left | std::views::take(lines)) {
      text.append(batch[item.index].json) += '\n';
    }
    auto answer = co_await send(target, std::move(text), lines);
    if (!answer) {
      if (is_first) co_return std::unexpected(answer.error());
      break;  // what was stored before counts, and the rest has its reason
    }
    const auto piece_end = progress.left.begin() + static_cast<std::ptrdiff_t>(lines);
    std::vector<RefusedItem> later(piece_end, progress.left.end());
    progress.left.erase(piece_end, progress.left.end());
    const bool compares = on_conflict == OnConflict::fail && answer->failed > 0;
    auto error = compares ? co_await sort_out(&batch, std::move(*answer), &progress)
                          : co_await take(&batch, on_conflict, std::move(*answer), &progress);
    was_reached_ = error.has_value();
    if (error) co_return std::unexpected(std::move(*error));
    std::ranges::move(later, std::back_inserter(progress.left));
    if (progress.left.empty()) break;
    if (progress.left.size() < left_before) end = Clock::now() + Retries::kPatience;
    retries_.begin();
    if (progress.has_to_wait && !co_await retries_.wait_until(end)) break;
  }
  auto& refused = progress.outcome.refused;
  std::ranges::move(progress.left, std::back_inserter(refused));
  std::ranges::sort(refused, {}, &RefusedItem::index);
  co_return std::move(progress.outcome);
}

}  // namespace picus::cli
