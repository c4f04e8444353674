#include "api/api.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/pause.h"
#include "core/run.h"
#include "store/testing/memory_store.h"

namespace picus {
namespace {

/// A body in pieces of a given size.
class TextBody final : public ByteStream {
 public:
  TextBody(std::string text, std::size_t piece_bytes, bool tells_size)
      : text_(std::move(text)), piece_bytes_(piece_bytes), tells_size_(tells_size) {}

  asio::awaitable<Result<std::string_view>> read() override {
    const std::string_view piece = std::string_view(text_).substr(position_, piece_bytes_);
    position_ += piece.size();
    co_return piece;
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return tells_size_ ? std::optional<std::uint64_t>(text_.size()) : std::nullopt;
  }
  [[nodiscard]] std::size_t bytes_read() const { return position_; }

 private:
  std::string text_;
  std::size_t piece_bytes_;
  bool tells_size_;
  std::size_t position_ = 0;
};

class ApiTest : public testing::Test {
 protected:
  Response send(Method method, std::string_view target, std::vector<HeaderView> headers = {},
                ByteStream* body = nullptr) {
    Request request;
    request.method = method;
    request.target = target;
    request.headers = headers;
    request.body = body;
    request.overloaded = overloaded_;
    return run(api_.handle(request));
  }
  Response put(std::string text, std::vector<HeaderView> headers = {}) {
    TextBody body(std::move(text), 1'000'000, true);
    return send(Method::post, "/picus/put", std::move(headers), &body);
  }
  static std::string text(const Response& response) { return std::get<std::string>(response.body); }
  static std::string code(const Response& response) {
    return response.error ? std::string(traits(response.error->code()).name) : "";
  }
  static std::optional<std::string> header(const Response& response, std::string_view name) {
    for (const Header& header : response.headers) {
      if (header.name == name) return header.value;
    }
    return std::nullopt;
  }

  MemoryStore store_;
  IdSource ids_;
  Lifecycle lifecycle_;
  Api api_{store_,
           ids_,
           lifecycle_,
           {.version = "1.2.3", .openapi_json = "{}", .limits = {.max_streams = 2}}};
  bool overloaded_ = false;
};

TEST_F(ApiTest, RootTellsHealthAndVersion) {
  EXPECT_EQ(text(send(Method::get, "/")), R"({"status":"healthy","version":"1.2.3"})");
}

TEST_F(ApiTest, APutAnswers201WithPlaceAndTagAndTheItemCanBeRead) {
  const Response made = put(R"({ "id" : "a/b", "n" : 1.50 })");
  EXPECT_EQ(made.status, 201U);
  EXPECT_EQ(text(made), R"({"id":"a/b"})");
  EXPECT_EQ(header(made, "Location"), "/picus/get/a%2Fb");
  const Response got = send(Method::get, "/picus/get/a%2Fb");
  EXPECT_EQ(got.status, 200U);
  EXPECT_EQ(text(got), R"({"id":"a/b","n":1.50})");
  EXPECT_EQ(header(got, "ETag"), header(made, "ETag"));
}

TEST_F(ApiTest, APutNeverReplacesUnlessAsked) {
  const std::string tag = *header(put(R"({"id":"k","n":1})"), "ETag");
  EXPECT_EQ(put(R"({"id":"k","n":2})").status, 409U);
  EXPECT_EQ(put(R"({"id":"k","n":2})", {{"If-None-Match", "*"}}).status, 412U);
  EXPECT_EQ(put(R"({"id":"k","n":2})", {{"If-Match", tag}}).status, 200U);
  EXPECT_EQ(put(R"({"id":"k","n":3})", {{"If-Match", tag}}).status, 412U);
  EXPECT_EQ(put(R"({"id":"k","n":3})", {{"If-Match", "*"}}).status, 200U);
  EXPECT_EQ(put(R"({"id":"other"})", {{"If-Match", "*"}}).status, 412U);
}

TEST_F(ApiTest, ARepeatWithAnIdempotencyKeyAnswersAsTheFirstTimeAndMakesNothing) {
  const Response first = put(R"({"n":1})", {{"Idempotency-Key", "i"}});
  const Response again = put(R"({"n":1})", {{"Idempotency-Key", "i"}});
  EXPECT_EQ(first.status, 201U);
  EXPECT_EQ(again.status, 201U);
  EXPECT_EQ(text(first), text(again));
  EXPECT_EQ(header(first, "Idempotency-Replayed"), std::nullopt);
  EXPECT_EQ(header(again, "Idempotency-Replayed"), "true");
  EXPECT_EQ(code(put(R"({"n":2})", {{"Idempotency-Key", "i"}})), "idempotency-mismatch");
  EXPECT_EQ(text(send(Method::get, "/picus/list?limit=10")).find("}, {"), std::string::npos);
}

TEST_F(ApiTest, AnUnknownParameterIs400OnEveryItemRouteAndBeforeTheBodyIsRead) {
  for (const auto& [method, target] : std::vector<std::pair<Method, std::string_view>>{
           {Method::get, "/picus/list?prefix=a"},
           {Method::get, "/picus/list?limit=1&page=2"},
           {Method::head, "/picus/list?offset=2"},
           {Method::get, "/picus/get/k?fields=n"},
           {Method::get, "/picus/get/k?key=other"},
           {Method::get, "/picus/get?key=k&fields=n"},
           {Method::get, "/picus/get?key=k&limit=1"},
           {Method::del, "/picus/k?force=true"},
           {Method::del, "/picus/k?key=other"},
           {Method::del, "/picus?key=k&consistency=eventual"}}) {
    EXPECT_EQ(code(send(method, target)), "invalid-parameter") << target;
  }
  TextBody body(R"({"id":"k"})", 100, true);
  EXPECT_EQ(code(send(Method::post, "/picus/put?ttl=60", {}, &body)), "invalid-parameter");
  EXPECT_EQ(body.bytes_read(), 0U);
}

TEST_F(ApiTest, HealthAndTheDescriptionIgnoreParameters) {
  for (const char* target : {"/?a=1", "/livez?a=%", "/readyz?a=1&a=1", "/openapi.json?v=1"}) {
    EXPECT_EQ(send(Method::get, target).status, 200U) << target;
  }
}

TEST_F(ApiTest, AnUnchangedItemIs304WithoutABody) {
  const std::string tag = *header(put(R"({"id":"k"})"), "ETag");
  const Response unmodified = send(Method::get, "/picus/get/k", {{"If-None-Match", tag}});
  EXPECT_EQ(unmodified.status, 304U);
  EXPECT_TRUE(unmodified.without_body);
}

TEST_F(ApiTest, ADeleteAnswersOnce) {
  put(R"({"id":"k"})");
  EXPECT_EQ(text(send(Method::del, "/picus/k")), R"({"id":"k","deleted":true})");
  EXPECT_EQ(send(Method::del, "/picus/k").status, 404U);
  EXPECT_EQ(send(Method::get, "/picus/get/k").status, 404U);
}

TEST_F(ApiTest, KeysNamedPutAndListCanBeDeleted) {
  put(R"({"id":"put"})");
  const Response removed = send(Method::del, "/picus/put");
  EXPECT_EQ(removed.status, 200U);
  EXPECT_EQ(removed.route, "/picus/{key}");
  EXPECT_EQ(send(Method::del, "/picus/list").status, 404U);
}

TEST_F(ApiTest, AQueryMayNameTheKeyInsteadOfThePath) {
  put(R"({"id":"a/b?"})");
  const Response got = send(Method::get, "/picus/get?key=a%2Fb%3F");
  EXPECT_EQ(text(got), R"({"id":"a/b?"})");
  EXPECT_EQ(got.route, "/picus/get");
  EXPECT_EQ(send(Method::head, "/picus/get?key=a%2Fb%3F").status, 200U);
  const Response removed = send(Method::del, "/picus?key=a%2Fb%3F");
  EXPECT_EQ(text(removed), R"({"id":"a/b?","deleted":true})");
  EXPECT_EQ(removed.route, "/picus");
}

TEST_F(ApiTest, AQueryThatNamesNoKeyOrTwoIs400) {
  EXPECT_EQ(code(send(Method::get, "/picus/get")), "invalid-parameter");
  EXPECT_EQ(code(send(Method::del, "/picus")), "invalid-parameter");
  EXPECT_EQ(code(send(Method::get, "/picus/get?key=a&key=a")), "invalid-parameter");
  EXPECT_EQ(code(send(Method::get, "/picus/get?key=")), "invalid-key");
  EXPECT_EQ(code(send(Method::get, "/picus/get?key=%00")), "invalid-key");
}

TEST_F(ApiTest, ADeleteOfTheKeyGetRefusesAnotherKeyInTheQuery) {
  put(R"({"id":"get"})");
  put(R"({"id":"other"})");
  EXPECT_EQ(code(send(Method::del, "/picus/get?key=other")), "invalid-parameter");
  EXPECT_EQ(text(send(Method::del, "/picus/get")), R"({"id":"get","deleted":true})");
}

TEST_F(ApiTest, WhatIsNotOfferedIsNoMethodOfItsPathAndAPathWithoutAnyIsNotThere) {
  Api api(store_, ids_, lifecycle_,
          {.version = "1",
           .openapi_json = "{}",
           .operations = {.get = false, .put = false, .list = false}});
  const auto ask = [&](Method method, std::string_view target) {
    Request request;
    request.method = method;
    request.target = target;
    return run(api.handle(request));
  };
  put(R"({"id":"k"})");
  EXPECT_EQ(ask(Method::get, "/picus/get/k").status, 404U);
  EXPECT_EQ(ask(Method::options, "/picus/get/k").status, 404U);
  for (const std::string_view path : {"/picus/get?key=k", "/picus/list", "/picus/put"}) {
    const Response refused = ask(path == "/picus/put" ? Method::post : Method::get, path);
    EXPECT_EQ(refused.status, 405U) << path;
    EXPECT_EQ(header(refused, "Allow"), "DELETE, OPTIONS") << path;
  }
  EXPECT_EQ(ask(Method::del, "/picus/k").status, 200U);
  for (const std::string_view path : {"/", "/livez", "/readyz", "/openapi.json"}) {
    EXPECT_EQ(ask(Method::get, path).status, 200U) << path;
  }
}

TEST_F(ApiTest, AListThatIsHeldAsAWholeAndWouldBecomeTooLongIsAPageWithALink) {
  for (const char name : {'a', 'b', 'c'}) put(std::string(R"({"id":")") + name + "\"}");
  Request request;
  request.method = Method::get;
  request.target = "/picus/list";
  request.max_list_bytes = 1000;
  const Response all = run(api_.handle(request));
  EXPECT_EQ(text(all), R"([{"id":"a"},{"id":"b"},{"id":"c"}])");
  EXPECT_EQ(header(all, "Link"), std::nullopt);
  request.max_list_bytes = 12;
  const Response page = run(api_.handle(request));
  EXPECT_EQ(text(page), R"([{"id":"a"},{"id":"b"}])");
  const std::string link = header(page, "Link").value_or("");
  ASSERT_TRUE(link.starts_with("</picus/list?limit=1000&cursor=")) << link;
  const std::string next = link.substr(1, link.find('>') - 1);
  EXPECT_EQ(text(send(Method::get, next)), R"([{"id":"c"}])");
}

TEST_F(ApiTest, EveryResponseToAPageOfAnAllowedOriginCanBeRead) {
  Api api(store_, ids_, lifecycle_,
          {.version = "1", .openapi_json = "{}", .cors_origins = {"https://app.example"}});
  const std::vector<HeaderView> headers = {{"Origin", "https://app.example"},
                                           {"Access-Control-Request-Method", "DELETE"}};
  const auto ask = [&](Method method, std::string_view target) {
    Request request;
    request.method = method;
    request.target = target;
    request.headers = headers;
    return run(api.handle(request));
  };
  for (const std::string_view target :
       {"/", "/picus/get/none", "/nowhere", "/picus/list?limit=0"}) {
    const Response response = ask(Method::get, target);
    EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "https://app.example") << target;
    const Response preflight = ask(Method::options, target);
    EXPECT_EQ(preflight.status, 204U) << target;
    EXPECT_EQ(header(preflight, "Access-Control-Allow-Methods"), "GET, HEAD, POST, DELETE");
    EXPECT_EQ(header(preflight, "Access-Control-Allow-Origin"), "https://app.example") << target;
  }
  const Response unread = api.problem(Error(ErrorCode::request_timeout, "Late."), "id", headers);
  EXPECT_EQ(header(unread, "Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(header(api.problem(Error(ErrorCode::request_timeout, "Late."), "id", {}), "Vary"),
            "Origin");
}

TEST_F(ApiTest, AKnownPathWithAnotherMethodIs405WithAllow) {
  const std::vector<std::pair<std::string_view, std::string_view>> allow = {
      {"/", "GET, HEAD, OPTIONS"},
      {"/picus/get/k", "GET, HEAD, OPTIONS"},
      {"/picus/get", "GET, HEAD, DELETE, OPTIONS"},
      {"/picus", "DELETE, OPTIONS"},
      {"/picus/k", "DELETE, OPTIONS"},
      {"/picus/put", "POST, DELETE, OPTIONS"},
      {"/picus/list", "GET, HEAD, DELETE, OPTIONS"}};
  for (const auto& [path, methods] : allow) {
    const Response refused = send(Method::other, path);
    EXPECT_EQ(refused.status, 405U) << path;
    EXPECT_EQ(header(refused, "Allow"), methods) << path;
    const Response options = send(Method::options, path);
    EXPECT_EQ(options.status, 204U) << path;
    EXPECT_EQ(header(options, "Allow"), methods) << path;
  }
  EXPECT_EQ(send(Method::del, "/picus/get/k").status, 405U);
  EXPECT_EQ(send(Method::get, "/picus/put").status, 405U);
  EXPECT_EQ(send(Method::post, "/picus/list").status, 405U);
}

TEST_F(ApiTest, AnUnknownPathIs404ForEveryMethod) {
  for (const char* path :
       {"/x", "/picus/", "/picus/get/", "/picus/get/a/b", "/picus/a/b", "/livez/", "//", ""}) {
    for (const Method method : {Method::get, Method::post, Method::options, Method::other}) {
      EXPECT_EQ(send(method, path).status, 404U) << path;
    }
  }
}

TEST_F(ApiTest, EveryProblemSaysWhatItIs) {
  const Response problem = send(Method::get, "/picus/get/none", {{"X-Request-Id", "abc-1"}});
  const auto body = boost::json::parse(text(problem)).as_object();
  EXPECT_EQ(header(problem, "Content-Type"), "application/problem+json");
  EXPECT_EQ(body.at("type"), "urn:picus:problem:not-found");
  EXPECT_EQ(body.at("status"), 404);
  EXPECT_EQ(body.at("code"), "not-found");
  EXPECT_EQ(body.at("request_id"), "abc-1");
  EXPECT_EQ(body.at("retryable"), false);
  EXPECT_FALSE(body.at("detail").as_string().empty());
  EXPECT_FALSE(body.at("title").as_string().empty());
  EXPECT_EQ(header(problem, "X-Request-Id"), "abc-1");
}

TEST_F(ApiTest, TheTraceOfARequestIsThatOfItsResponse) {
  EXPECT_EQ(send(Method::get, "/livez").access_record().trace, nullptr);
  Request request;
  request.target = "/nowhere";
  request.trace.trace = {.high = 1, .low = 2};
  const Response response = run(api_.handle(request));
  ASSERT_NE(response.access_record().trace, nullptr);
  EXPECT_EQ(response.access_record().trace->trace, (TraceId{.high = 1, .low = 2}));
}

TEST_F(ApiTest, AnUnusableRequestIdIsReplaced) {
  const std::string too_long(129, 'x');
  for (const std::string_view id : {std::string_view("a b"), std::string_view(too_long)}) {
    EXPECT_EQ(header(send(Method::get, "/", {{"X-Request-Id", id}}), "X-Request-Id")->size(), 36U);
  }
  EXPECT_EQ(header(send(Method::get, "/"), "X-Request-Id")->size(), 36U);
}

TEST_F(ApiTest, ABodyOverTheLimitIsRefusedAsSoonAsItIsNoArrayWhereItsSizeIsTold) {
  const std::string text = "  {" + std::string(kMaxBodyBytes - 2 + kAddedIdBytes, ' ');
  TextBody told(text, 2, true);
  EXPECT_EQ(code(send(Method::post, "/picus/put", {}, &told)), "body-too-large");
  EXPECT_EQ(told.bytes_read(), 4U);
  TextBody untold(text, 4096, false);
  EXPECT_EQ(code(send(Method::post, "/picus/put", {}, &untold)), "body-too-large");
  TextBody blank(std::string(kMaxBodyBytes + 1 + kAddedIdBytes, ' '), 4096, true);
  EXPECT_EQ(code(send(Method::post, "/picus/put", {}, &blank)), "body-too-large");
  TextBody array("[{}" + std::string(kMaxBodyBytes + kAddedIdBytes, ' ') + "]", 4096, true);
  EXPECT_EQ(send(Method::post, "/picus/put", {}, &array).status, 200U);
}

TEST_F(ApiTest, ABodyInPiecesIsTheSameAsInOne) {
  for (const std::size_t piece_bytes : {1UZ, 3UZ, 100UZ}) {
    for (const bool tells_size : {true, false}) {
      TextBody body(R"({"n":1})", piece_bytes, tells_size);
      EXPECT_EQ(send(Method::post, "/picus/put", {}, &body).status, 201U) << piece_bytes;
    }
  }
}

TEST_F(ApiTest, ABulkPutCountsItsLines) {
  const Response answer = put("{\"id\":\"a\"}\n{\"id\":\"a\"}\n!\n",
                              {{"Content-Type", "application/x-ndjson; charset=utf-8"}});
  EXPECT_EQ(answer.status, 200U);
  const auto report = boost::json::parse(text(answer)).as_object();
  EXPECT_EQ(report.at("created"), 1);
  EXPECT_EQ(report.at("failed"), 2);
  EXPECT_EQ(report.at("errors").as_array().at(0).as_object().at("line"), 2);
  EXPECT_EQ(report.at("errors").as_array().at(1).as_object().at("code"), "invalid-json");
}

TEST_F(ApiTest, ABulkPutRefusesWhatBelongsToOneItem) {
  EXPECT_EQ(
      put("{}\n", {{"Content-Type", "application/x-ndjson"}, {"Idempotency-Key", "i"}}).status,
      400U);
}

TEST_F(ApiTest, PagesLinkOneToTheNext) {
  for (const char* id : {"a", "b", "c"}) put(R"({"id":")" + std::string(id) + "\"}");
  const Response first = send(Method::get, "/picus/list?limit=2");
  const std::string link = header(first, "Link").value();
  const std::string target = link.substr(1, link.find('>') - 1);
  const Response last = send(Method::get, target);
  EXPECT_EQ(header(last, "Link"), std::nullopt);
  EXPECT_EQ(boost::json::parse(text(first)).as_array().size() +
                boost::json::parse(text(last)).as_array().size(),
            3U);
}

TEST_F(ApiTest, ParametersOutOfBoundsAreRefused) {
  for (const char* query : {"limit=0", "limit=1001", "limit=x", "limit=-1", "limit=", "limit=1x",
                            "limit=1&limit=1", "cursor=abc", "consistency=maybe"}) {
    EXPECT_EQ(code(send(Method::get, "/picus/list?" + std::string(query))), "invalid-parameter")
        << query;
  }
  EXPECT_EQ(code(send(Method::get, "/picus/list?limit=1&cursor=abc")), "invalid-cursor");
}

TEST_F(ApiTest, WhenOverloadedOnlyHealthIsAnswered) {
  overloaded_ = true;
  const Response refused = send(Method::get, "/picus/get/k");
  EXPECT_EQ(code(refused), "overloaded");
  EXPECT_EQ(header(refused, "Retry-After"), "1");
  EXPECT_EQ(send(Method::get, "/livez").status, 200U);
  EXPECT_EQ(send(Method::get, "/readyz").status, 200U);
}

TEST_F(ApiTest, WholeListsHaveABudgetOfTheirOwnUntilTheyAreDropped) {
  const Response first = send(Method::get, "/picus/list");
  {
    const Response second = send(Method::get, "/picus/list");
    EXPECT_EQ(second.status, 200U);
    EXPECT_EQ(code(send(Method::get, "/picus/list")), "overloaded");
    EXPECT_EQ(code(send(Method::get, "/picus/get/k")), "not-found");
    EXPECT_EQ(put(R"({"id":"k"})").status, 201U);
    EXPECT_EQ(send(Method::get, "/picus/list?limit=1").status, 200U);
  }
  EXPECT_EQ(send(Method::get, "/picus/list").status, 200U);
}

/// A body that never arrives.
class SilentBody final : public ByteStream {
 public:
  asio::awaitable<Result<std::string_view>> read() override {
    co_await pause(std::chrono::hours(1));
    co_return std::string_view();
  }
};

TEST_F(ApiTest, ABodyThatDoesNotArriveKeepsNobodyOut) {
  Api api(store_, ids_, lifecycle_,
          {.version = "1", .openapi_json = "{}", .limits = {.max_in_flight = 1, .max_streams = 1}});
  std::vector<SilentBody> bodies(4);
  const std::vector<HeaderView> bulk = {{"Content-Type", "application/x-ndjson"}};
  Request request;
  request.method = Method::post;
  request.target = "/picus/put";
  asio::io_context context;
  for (SilentBody& body : bodies) {
    request.body = &body;
    request.headers = request.headers.empty() ? std::span(bulk) : std::span<const HeaderView>();
    asio::co_spawn(context, api.handle(request), asio::detached);
  }
  context.poll();
  TextBody body(R"({"id":"k"})", 100, true);
  request.body = &body;
  EXPECT_EQ(run(api.handle(request)).status, 201U);
  request.method = Method::get;
  request.target = "/picus/get/k";
  EXPECT_EQ(run(api.handle(request)).status, 200U);
}

TEST_F(ApiTest, WhileDrainingReadinessSaysSoAndAnswersCloseTheirConnection) {
  EXPECT_FALSE(send(Method::get, "/picus/get/k").close);
  lifecycle_.drain();
  EXPECT_EQ(code(send(Method::get, "/readyz")), "draining");
  EXPECT_EQ(send(Method::get, "/livez").status, 200U);
  EXPECT_TRUE(put("{}").close);
  EXPECT_EQ(put("{}").status, 201U);
}

TEST_F(ApiTest, APageOfAnotherOriginIsRefusedEverywhere) {
  for (const char* path : {"/", "/picus/list", "/nowhere"}) {
    EXPECT_EQ(code(send(Method::get, path, {{"Host", "localhost"}, {"Origin", "http://evil"}})),
              "cross-origin");
  }
}

TEST_F(ApiTest, HeadSaysWhatGetSaysWithoutABody) {
  put(R"({"id":"k"})");
  const Response head = send(Method::head, "/picus/get/k");
  EXPECT_EQ(head.status, 200U);
  EXPECT_TRUE(head.without_body);
  EXPECT_EQ(header(head, "ETag"), header(send(Method::get, "/picus/get/k"), "ETag"));
  EXPECT_TRUE(send(Method::head, "/picus/list").without_body);
  EXPECT_TRUE(send(Method::head, "/picus/get/none").without_body);
}

TEST_F(ApiTest, TheDescriptionHasATag) {
  const Response description = send(Method::get, "/openapi.json");
  EXPECT_EQ(text(description), "{}");
  const std::string tag = *header(description, "ETag");
  EXPECT_EQ(send(Method::get, "/openapi.json", {{"If-None-Match", tag}}).status, 304U);
}

}  // namespace
}  // namespace picus
