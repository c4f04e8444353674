#include "cli/server_sink.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "config/units.h"
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

asio::awaitable<void> sleep(std::chrono::seconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

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
  if (problem) message += " " + text_of(*problem, "code") + ": " + text_of(*problem, "detail");
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

asio::awaitable<std::expected<net::ResponseHead, std::string>> ServerSink::ask(
    net::HttpRequest request) {
  auto authorization = co_await authorization_.value();
  if (!authorization) co_return std::unexpected(std::move(authorization.error()));
  if (*authorization) request.headers.push_back({"Authorization", std::move(**authorization)});
  co_return co_await client_->send(std::move(request));
}

asio::awaitable<std::expected<ServerSink::Answer, std::string>> ServerSink::send_once(
    std::string target, std::string_view text) {
  constexpr std::uint64_t kLongestWait = 10;
  retry_after_ = has_answered_ ? std::chrono::seconds(1) : std::chrono::seconds(0);
  TextStream body(text);
  net::HttpRequest request{.method = "POST", .target = std::move(target), .headers = {}};
  request.headers.push_back({"Content-Type", "application/x-ndjson"});
  request.stream = &body;
  auto response = co_await ask(std::move(request));
  if (!response) co_return std::unexpected(with_advice(response.error()));
  has_answered_ = true;
  const auto answer = co_await read_all(client_.get(), kMaxAnswerBytes);
  if (!answer) co_return std::unexpected(answer.error());
  auto report = object_of(*answer);
  // All items failed: that is a problem with the members of a report.
  const bool all_failed = report && text_of(*report, "code") == "bulk-failed";
  if (response->status != 200 && !all_failed) {
    const bool later = response->status == 503 || response->status == 429;
    const std::uint64_t told = parse_count(response->header("retry-after")).value_or(1);
    retry_after_ =
        std::chrono::seconds(later ? std::clamp<std::uint64_t>(told, 1, kLongestWait) : 0);
    co_return std::unexpected(refusal(response->status, *answer));
  }
  retry_after_ = std::chrono::seconds(0);
  if (!report || !report->contains("created")) {
    co_return std::unexpected(std::string(kForeign));
  }
  Answer parsed;
  parsed.outcome.created = number(*report, "created");
  parsed.outcome.replaced = number(*report, "replaced");
  parsed.outcome.skipped = number(*report, "skipped");
  parsed.outcome.refused = refused_of(*report);
  parsed.failed = number(*report, "failed");
  if (parsed.failed > 0 && parsed.outcome.refused.empty()) {
    co_return std::unexpected(std::string(kForeign));
  }
  co_return parsed;
}

asio::awaitable<std::expected<ServerSink::Answer, std::string>> ServerSink::send(std::string target,
                                                                                 std::string text) {
  constexpr int kTries = 5;
  for (int tried = 1;; ++tried) {
    auto answer = co_await send_once(target, text);
    if (answer || retry_after_.count() == 0 || tried == kTries) co_return answer;
    co_await sleep(retry_after_);
  }
}

/// Whether the server has an equal item.
asio::awaitable<std::expected<bool, std::string>> ServerSink::holds(Key key, Etag etag) {
  net::HttpRequest request{
      .method = "GET", .target = "/picus/get?key=" + percent_encode(key.text()), .headers = {}};
  request.headers.push_back({"If-None-Match", "\"" + std::string(etag.text()) + "\""});
  auto response = co_await ask(std::move(request));
  if (!response) co_return std::unexpected(response.error());
  const auto body = co_await read_all(client_.get(), kMaxAnswerBytes);
  if (!body) co_return std::unexpected(body.error());
  const unsigned status = response->status;
  if (status != 200 && status != 304 && status != 404) {
    co_return std::unexpected(refusal(status, *body));
  }
  co_return status == 304;
}

/// Of the items whose keys were taken: which are equal to what is there? The server lists only the
/// first, so where more failed, all of the batch is asked for.
asio::awaitable<std::expected<BatchOutcome, std::string>> ServerSink::sort_out(
    std::vector<NewItem> batch, Answer answer) {
  BatchOutcome outcome = std::exchange(answer.outcome, {});
  const std::vector<RefusedItem> listed = std::exchange(outcome.refused, {});
  const bool all_listed = answer.failed <= listed.size();
  std::vector<const RefusedItem*> why(batch.size());
  for (const RefusedItem& item : listed) {
    if (item.index < why.size()) why[item.index] = &item;
  }
  std::uint64_t equal_items = 0;
  for (std::size_t index = 0; index < batch.size(); ++index) {
    if (all_listed && why[index] == nullptr) continue;
    const auto equal = co_await holds(batch[index].key, batch[index].etag);
    if (!equal) co_return std::unexpected(equal.error());
    const bool unequal = why[index] == nullptr || why[index]->code == "already-exists";
    if (*equal) {
      ++equal_items;
    } else if (unequal) {
      outcome.refused.push_back(
          {index, "already-exists", "A stored item with other content has this id."});
    } else {
      outcome.refused.push_back(*why[index]);
    }
  }
  const std::uint64_t written = all_listed ? 0 : outcome.created;
  outcome.skipped += equal_items - std::min(written, equal_items);
  co_return outcome;
}

asio::awaitable<std::expected<BatchOutcome, std::string>> ServerSink::put(
    std::vector<NewItem> batch, OnConflict on_conflict) {
  std::string text;
  for (const NewItem& item : batch) text.append(item.json) += '\n';
  std::string target = "/picus/put?on_conflict=" + std::string(word_of(on_conflict));
  auto answer = co_await send(std::move(target), std::move(text));
  if (!answer) co_return std::unexpected(answer.error());
  if (on_conflict == OnConflict::fail && answer->failed > 0) {
    co_return co_await sort_out(std::move(batch), std::move(*answer));
  }
  if (answer->failed > answer->outcome.refused.size()) {  // no conflict, so the store failed
    co_return std::unexpected(answer->outcome.refused.front().detail);
  }
  co_return std::move(answer->outcome);
}

}  // namespace picus::cli
