#include "verify/checks.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "core/concat.h"
#include "core/pause.h"
#include "core/percent_encoding.h"
#include "json/text.h"
#include "verify/clean_up.h"
#include "verify/list_text.h"

namespace picus::verify {

using Clock = Server::Clock;
using Fault = Checks::Fault;

namespace {

constexpr std::string_view kPut = "/picus/put";

Fault wrong(std::string_view what, std::string_view got, std::string_view wanted) {
  return std::string(what) + " is " + std::string(got) + ", not " + std::string(wanted);
}

/// Strong and not empty: `"abc"`.
bool is_strong(std::string_view etag) {
  return etag.size() > 2 && etag.starts_with('"') && etag.ends_with('"');
}

bool are_equal(std::string_view text, std::string_view other) {
  boost::system::error_code error;
  const auto one = boost::json::parse({text.data(), text.size()}, error);
  if (error) return false;
  const auto two = boost::json::parse({other.data(), other.size()}, error);
  return !error && one == two;
}

/// What has to be refused, and how. `body`: what stands after the mark of an item.
struct BadInput {
  std::string_view method;
  std::string_view target;
  std::string_view body;
  Expected refusal;
  std::string_view origin = {};  ///< of a web page; empty: a program asks
  std::string_view hint = {};    ///< what the detail names: the request that was probably meant
};

/// Longer than the text of a number may be.
constexpr std::string_view kLongNumber =
    R"(,"n":0.000000000000000000000000000000000000000000000000000000000000000000000000000000000)"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000}";

constexpr auto kBadInputs = std::to_array<BadInput>({
    {"POST", kPut, R"(,"open":[})", {400, "invalid-json"}},
    {"POST", kPut, R"(,"a":1,"a":2})", {400, "duplicate-name"}},
    {"POST", kPut, R"(,"n":1E400})", {422, "invalid-number"}},
    {"POST", kPut, kLongNumber, {422, "invalid-number"}},
    {"POST", kPut, R"(,"picus:x":1})", {422, "reserved-name"}},
    {"POST", kPut, "}", {403, "cross-origin"}, "https://picus-verify.invalid"},
    {"POST", "/picus/put?ttl=1", R"(,"open":[})", {400, "invalid-parameter"}},
    {"GET", "/picus/list?limit=0", {}, {400, "invalid-parameter"}},
    {"GET", "/picus/list?prefix=a", {}, {400, "invalid-parameter"}},
    {"GET", "/picus/list?limit=1&cursor=forged", {}, {400, "invalid-cursor"}},
    {"POST", "/picus/list", {}, {405, "method-not-allowed"}, {}, "GET /picus/list"},
    {"GET", "/picus/list/", {}, {404, "not-found"}, {}, "GET /picus/list"},
    {"GET", "/picus-verify/nothing", {}, {404, "not-found"}},
});

/// A body that makes nothing, and what has to be said of it.
struct Body {
  std::string_view name;
  std::string_view value;  ///< of the header `name`
  std::string_view text;
  Expected answer;
};

constexpr std::string_view kEmptyArrayInGzip(
    "\x1f\x8b\x08\0\0\0\0\0\x02\x03\x8b\x8e\x05\0\x29\xbb\x4c\x0d\x02\0\0\0", 22);

constexpr auto kBodies = std::to_array<Body>({
    {"Content-Type", "application/json", "[]", {200}},
    {"Content-Type", "application/x-www-form-urlencoded", "[7]", {422, "bulk-failed"}},
    {"Content-Type", "application/jsonl", "\n", {200}},
    {"Content-Encoding", "gzip", kEmptyArrayInGzip, {200}},
    {"Content-Encoding", "gzip", "[]", {400, "bad-request"}},
    {"Content-Encoding", "br", "[]", {415, "unsupported-encoding"}},
    {"If-None-Match", "*", "[]", {400, "bad-request"}},
});

}  // namespace

Checks::Checks(Server& server, CreatedItems& created, Options options)
    : server_(server),
      created_(created),
      options_(std::move(options)),
      key_(options_.run + " item"),
      target_("/picus/get/" + percent_encode(key_)) {}

std::span<const Checks::Check> Checks::all() {
  static constexpr auto kAll = std::to_array<Check>({
      {"ready", &Checks::ready},
      {"put", &Checks::put},
      {"get", &Checks::get},
      {"taken key", &Checks::taken_key},
      {"conditional put", &Checks::conditional_put},
      {"idempotent retry", &Checks::idempotent_retry},
      {"list page", &Checks::list_page},
      {"bad input", &Checks::bad_input},
      {"bodies", &Checks::bodies},
      {"delete", &Checks::remove},
  });
  return kAll;
}

std::string Checks::item(int revision) const {
  // An integer that a double cannot hold, and text beyond ASCII: what a wrong way would change.
  return concat(R"({"id":")", key_, R"(",")", kMark, R"(":")", options_.run,
                R"(","n":9007199254740993,"text":"Zürich 🌙","revision":)", revision, "}");
}

Question Checks::put_of(std::string body) const {
  return {.method = "POST", .target = std::string(kPut), .body = std::move(body), .makes = key_};
}

asio::awaitable<Fault> Checks::ready() {
  constexpr std::chrono::milliseconds kPause{200};
  const auto end = std::min(Clock::now() + options_.patience, server_.deadline());
  for (;;) {
    Fault fault = co_await ready_now();
    const bool is_final = refused_ && options_.version.empty();
    if (fault.empty() || is_final || server_.stopped() || Clock::now() + kPause >= end) {
      co_return fault;
    }
    co_await pause(kPause);
  }
}

asio::awaitable<Fault> Checks::ready_now() {
  const auto readiness = co_await server_.ask({.method = "GET", .target = "/readyz"}, {200});
  if (!readiness) co_return readiness.error();
  if (member_of(readiness->body, "status") != "ready") {
    co_return "the status in GET /readyz is not ready";
  }
  if (Fault fault = co_await store_ready(); !fault.empty()) co_return fault;
  const auto root = co_await server_.ask({.method = "GET", .target = "/"}, {200});
  if (!root) co_return root.error();
  if (member_of(root->body, "status") != "healthy") co_return "the status in GET / is not healthy";
  version_ = member_of(root->body, "version");
  if (version_.empty()) co_return "GET / has no version";
  const bool fits = options_.version.empty() || options_.version == version_;
  co_return fits ? Fault() : wrong("the version of the server", version_, options_.version);
}

/// A server before 0.2.0 does not have the route: its /readyz asks the store.
asio::awaitable<Fault> Checks::store_ready() {
  const Question question{.method = "GET", .target = "/readyz/store"};
  const auto answer = co_await server_.send(question);
  if (!answer) co_return answer.error();
  const std::string state = member_of(answer->body, "status");
  if (answer->status == 404) co_return Fault();
  const std::string refusal = server_.refusal_in(*answer);
  if (refused_ = !refusal.empty(); refused_) co_return "GET /readyz/store returned " + refusal;
  if (answer->status == 503 && !state.empty()) {
    co_return "the status in GET /readyz/store is " + state;
  }
  const auto ok = co_await server_.ask(question, {200});
  if (!ok) co_return ok.error();
  co_return member_of(ok->body, "status") == "ok" ? Fault()
                                                  : "the status in GET /readyz/store is not ok";
}

asio::awaitable<Fault> Checks::put() {
  const auto made = co_await server_.ask(put_of(item(1)), {201});
  if (!made) co_return made.error();
  etag_ = made->header("etag");
  if (!is_strong(etag_)) co_return wrong("the ETag of the put", etag_, "a strong one");
  if (made->header("location") != target_) {
    co_return wrong("the Location of the put", made->header("location"), target_);
  }
  const std::string id = member_of(made->body, "id");
  co_return id == key_ ? Fault() : wrong("the id of the put", id, key_);
}

/// The item has this content and the present ETag.
asio::awaitable<Fault> Checks::holds(std::string text) {
  const auto got = co_await server_.ask({.method = "GET", .target = target_}, {200});
  if (!got) co_return got.error();
  if (!are_equal(got->body, text)) {
    co_return "GET " + target_ + " returned another item than the one that was put";
  }
  if (got->header("etag") == etag_) co_return Fault();
  co_return wrong("the ETag of the get", got->header("etag"), etag_ + ", that of the put");
}

asio::awaitable<Fault> Checks::get() {
  Fault fault = co_await holds(item(1));
  if (!fault.empty()) co_return fault;
  const auto same = co_await server_.ask(
      {.method = "GET", .target = target_, .headers = {{"If-None-Match", etag_}}}, {304});
  if (!same) co_return same.error();
  if (same->header("etag") != etag_) {
    co_return wrong("the ETag of the 304", same->header("etag"), etag_);
  }
  const auto changed = co_await server_.ask(
      {.method = "GET", .target = target_, .headers = {{"If-Match", R"(, "other")"}}},
      {.status = 412, .problem = "precondition-failed"});
  if (!changed) co_return changed.error();
  // RFC 3986, 6.2.2.2: an escape of an unreserved character is that character.
  const auto equal = co_await server_.ask(
      {.method = "GET", .target = "/picus/%67et/" + percent_encode(key_)}, {200});
  if (!equal) co_return equal.error();
  // WHATWG URL, 5.1: in a query, a plus is a space.
  const auto queried = co_await server_.ask(
      {.method = "GET", .target = "/picus/get?%6Bey=" + options_.run + "+item"}, {200});
  if (!queried) co_return queried.error();
  const auto absent = co_await server_.ask({.method = "GET", .target = target_ + "-absent"},
                                           {.status = 404, .problem = "not-found"});
  if (!absent) co_return absent.error();
  co_return co_await head();
}

/// Without the fields for the length, which some gateways add to an empty body.
asio::awaitable<Fault> Checks::head() {
  const auto one = co_await server_.ask({.method = "HEAD", .target = target_}, {200});
  if (!one) co_return one.error();
  const std::string etag(one->header("etag"));
  if (etag != etag_) co_return wrong("the ETag of the HEAD", etag, etag_);
  const auto list = co_await server_.ask({.method = "HEAD", .target = "/picus/list"}, {200});
  co_return list ? Fault() : list.error();
}

asio::awaitable<Fault> Checks::taken_key() {
  const auto refused =
      co_await server_.ask(put_of(item(2)), {.status = 409, .problem = "already-exists"});
  if (!refused) co_return refused.error();
  co_return co_await holds(item(1));
}

asio::awaitable<Fault> Checks::conditional_put() {
  Question put = put_of(item(2));
  put.headers = {{"If-Match", etag_}};
  const auto replaced = co_await server_.ask(std::move(put), {200});
  if (!replaced) co_return replaced.error();
  old_etag_ = std::exchange(etag_, std::string(replaced->header("etag")));
  if (!is_strong(etag_)) co_return wrong("the ETag of the replacing put", etag_, "a strong one");
  if (etag_ == old_etag_) co_return "the ETag did not change with the item";
  Fault fault = co_await holds(item(2));
  if (!fault.empty()) co_return fault;
  Question late = put_of(item(3));
  late.headers = {{"If-Match", old_etag_}};
  const auto refused =
      co_await server_.ask(std::move(late), {.status = 412, .problem = "precondition-failed"});
  if (!refused) co_return refused.error();
  co_return co_await holds(item(2));
}

asio::awaitable<Fault> Checks::idempotent_retry() {
  // The server chooses the id, so that only the key can keep the retry from making a second item.
  const std::string key = options_.run + "-retry";
  const std::string mark = R"({")" + std::string(kMark) + R"(":")" + options_.run;
  const std::string body = mark + R"("})";
  Question put{.method = "POST",
               .target = std::string(kPut),
               .headers = {{"Idempotency-Key", key}},
               .body = body};
  created_.expect_unnamed({.idempotency_key = key, .body = body});
  const auto made = co_await server_.ask(put, {201});
  if (!made) co_return made.error();
  second_id_ = member_of(made->body, "id");
  if (second_id_.empty()) co_return "a put without an id returned no id";
  created_.expect(second_id_);
  created_.named();
  Fault fault = co_await retry(key, body, second_id_);
  if (!fault.empty()) co_return fault;
  put.body = mark + R"(","other":true})";
  const auto refused =
      co_await server_.ask(std::move(put), {.status = 422, .problem = "idempotency-mismatch"});
  co_return refused ? Fault() : refused.error();
}

asio::awaitable<Fault> Checks::retry(std::string key, std::string body, std::string id) {
  const auto again = co_await server_.ask({.method = "POST",
                                           .target = std::string(kPut),
                                           .headers = {{"Idempotency-Key", std::move(key)}},
                                           .body = std::move(body)},
                                          {201});
  if (!again) co_return "the retry: " + again.error();
  const std::string second = member_of(again->body, "id");
  if (second != id) {
    if (!second.empty()) created_.expect(second);
    co_return "the retry created a second item";
  }
  const bool told = again->header("idempotency-replayed") == "true";
  co_return told ? Fault() : Fault("the response to the retry has no Idempotency-Replayed: true");
}

asio::awaitable<Fault> Checks::list_page() {
  // Two items of this run are there, so that one is never the whole list.
  const auto page = co_await server_.ask({.method = "GET", .target = "/picus/list?limit=1"}, {200});
  if (!page) co_return page.error();
  const auto ids = ids_of(page->body);
  if (!ids || ids->size() != 1) co_return "GET /picus/list?limit=1 is not an array of one item";
  std::string link = next_of(*page);
  if (link.empty()) co_return "GET /picus/list?limit=1 has no Link to the next page";
  Fault fault = co_await next_page(std::move(link), ids->front());
  if (!fault.empty()) co_return fault;
  co_return co_await short_list();
}

asio::awaitable<Fault> Checks::next_page(std::string link, std::string first_id) {
  if (!link.starts_with("/picus/list?")) co_return wrong("the Link", link, "one to the list");
  const auto page = co_await server_.ask({.method = "GET", .target = link}, {200});
  if (!page) co_return page.error();
  const auto ids = ids_of(page->body);
  if (!ids || ids->size() != 1) co_return "the second page of the list is not an array of one item";
  co_return ids->front() == first_id ? Fault("the second page of the list equals the first")
                                     : Fault();
}

/// A store of few items: the list has those of this run.
asio::awaitable<Fault> Checks::short_list() {
  constexpr std::size_t kMost = 10;
  const auto page =
      co_await server_.ask({.method = "GET", .target = "/picus/list?limit=10"}, {200});
  if (!page) co_return page.error();
  const auto ids = ids_of(page->body);
  if (!ids || ids->empty() || ids->size() > kMost) {
    co_return "GET /picus/list?limit=10 is not an array of 1 to 10 items";
  }
  if (!next_of(*page).empty()) co_return Fault();
  for (const std::string& id : {key_, second_id_}) {
    if (std::ranges::find(*ids, id) == ids->end()) {
      co_return "the list does not contain the item " + id;
    }
  }
  co_return Fault();
}

asio::awaitable<Fault> Checks::bad_input() {
  const std::string bad_key = options_.run + "-bad";
  for (const BadInput& bad : kBadInputs) {
    Question question{.method = std::string(bad.method), .target = std::string(bad.target)};
    if (!bad.origin.empty()) question.headers = {{"Origin", std::string(bad.origin)}};
    if (!bad.body.empty()) {
      question.body = R"({"id":")" + bad_key + '"' + std::string(bad.body);
      question.makes = bad_key;
    }
    const auto refused = co_await server_.ask(std::move(question), bad.refusal);
    if (!refused && !bad.body.empty()) {
      co_return refused.error() + " (the body: …" + std::string(bad.body) + ")";
    }
    if (!refused) co_return refused.error();
    if (bad.refusal.status == 405 && refused->header("allow").empty()) {
      co_return std::string(bad.method) + " " + std::string(bad.target) + " has no Allow";
    }
    if (!member_of(refused->body, "detail").contains(bad.hint)) {
      co_return concat("the detail of ", bad.method, " ", bad.target, " does not name ", bad.hint);
    }
  }
  co_return Fault();
}

asio::awaitable<Fault> Checks::bodies() {
  for (const Body& body : kBodies) {
    Question question{.method = "POST",
                      .target = std::string(kPut),
                      .headers = {{body.name, std::string(body.value)}},
                      .body = std::string(body.text)};
    const auto answer = co_await server_.ask(std::move(question), body.answer);
    if (!answer) {
      co_return answer.error() + " (with " + std::string(body.name) + ": " +
          std::string(body.value) + ")";
    }
  }
  co_return Fault();
}

asio::awaitable<Fault> Checks::remove() {
  const std::string target = "/picus/" + percent_encode(key_);
  const auto late = co_await server_.ask(
      {.method = "DELETE", .target = target, .headers = {{"If-Match", old_etag_}}},
      {.status = 412, .problem = "precondition-failed"});
  if (!late) co_return late.error();
  const auto deleted = co_await server_.ask({.method = "DELETE", .target = target}, {200});
  if (!deleted) co_return deleted.error();
  if (!are_equal(deleted->body, R"({"id":")" + key_ + R"(","deleted":true})")) {
    co_return "DELETE " + target + " does not report that the item was deleted";
  }
  const Expected absent{.status = 404, .problem = "not-found"};
  const auto got = co_await server_.ask({.method = "GET", .target = target_}, absent);
  if (!got) co_return "after the delete: " + got.error();
  const auto again = co_await server_.ask({.method = "DELETE", .target = target}, absent);
  co_return again ? Fault() : "after the delete: " + again.error();
}

}  // namespace picus::verify
