#include "lambda/function.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <vector>

#include "core/run.h"
#include "core/testing/recorded_log.h"
#include "lambda/answer.h"
#include "lambda/testing/event_samples.h"
#include "store/testing/memory_store.h"

namespace picus::lambda {
namespace {

/// A store with a fault.
class FaultyStore final : public Store {
 public:
  asio::awaitable<Result<std::optional<StoredItem>>> get(Key /*key*/, Context context) override {
    deadline = context.deadline;
    throw std::runtime_error("a bug");
    co_return std::nullopt;
  }
  asio::awaitable<Result<PutOutcome>> put(NewItem /*item*/, PutCondition /*condition*/,
                                          std::optional<IdempotencyHash> /*idempotency*/,
                                          Context /*context*/) override {
    co_return failure(ErrorCode::store_full, "full");
  }
  asio::awaitable<Result<std::vector<BulkOutcome>>> put_many(std::vector<NewItem> /*items*/,
                                                             OnConflict /*on_conflict*/,
                                                             Context /*context*/) override {
    co_return failure(ErrorCode::store_full, "full");
  }
  asio::awaitable<Result<void>> remove(Key /*key*/, RemoveCondition /*condition*/,
                                       Context /*context*/) override {
    co_return failure(ErrorCode::store_unavailable, "away");
  }
  asio::awaitable<Result<Page>> scan(ScanRequest /*request*/, Context /*context*/) override {
    co_return failure(ErrorCode::store_unavailable, "away");
  }
  [[nodiscard]] StoreIdentity identity() const override { return {.kind = "faulty", .place = {}}; }
  asio::awaitable<StoreState> ask(Context /*context*/) override { co_return StoreState::ok; }

  std::chrono::steady_clock::time_point deadline;
};

class FunctionTest : public testing::Test {
 protected:
  boost::json::object ask(std::string event) { return ask(api_, std::move(event)); }
  boost::json::object ask(Api& api, std::string event) {
    Function function(api, log_);
    Invocation invocation;
    invocation.request_id = "r";
    invocation.deadline = deadline_;
    invocation.event = std::move(event);
    const std::string text = run(function.answer(std::move(invocation)));
    EXPECT_EQ(log_.bytes_out(), text.size());
    return boost::json::parse(text).as_object();
  }
  static std::string body(const boost::json::object& answer) {
    return std::string(answer.at("body").as_string());
  }
  static std::string code(const boost::json::object& answer) {
    return std::string(boost::json::parse(body(answer)).at("code").as_string());
  }
  static std::string alb_get(std::string_view path, std::string_view query = "{}") {
    return alb(R"("httpMethod":"GET","path":")" + std::string(path) +
               R"(","queryStringParameters":)" + std::string(query) + R"(,"headers":{},"body":"")");
  }
  void put(const std::string& text) {
    const std::string escaped = boost::json::serialize(boost::json::string(text));
    const auto answer =
        ask(alb(R"("httpMethod":"POST","path":"/picus/put","headers":{},"body":)" + escaped));
    ASSERT_EQ(answer.at("statusCode"), 201) << body(answer);
  }
  static std::string item_of(std::string_view id, std::size_t bytes) {
    return R"({"id":")" + std::string(id) + R"(","text":")" + std::string(bytes, 'x') + "\"}";
  }

  MemoryStore store_;
  IdSource ids_;
  Lifecycle lifecycle_;
  Api api_{store_, ids_, lifecycle_, {.version = "1", .openapi_json = "{}"}};
  RecordedLog log_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
};

TEST_F(FunctionTest, AnItemIsPutReadAndDeleted) {
  put(R"({"id":"a/b","n":1})");
  const auto got = ask(alb_get("/picus/get/a%2Fb"));
  EXPECT_EQ(got.at("statusCode"), 200);
  EXPECT_EQ(got.at("statusDescription"), "200 OK");
  EXPECT_EQ(body(got), R"({"id":"a/b","n":1})");
  const auto gone = ask(http_api_2("DELETE", "/prod/picus", "key=a%2Fb"));
  EXPECT_EQ(gone.at("statusCode"), 200);
  EXPECT_EQ(body(gone), R"({"id":"a/b","deleted":true})");
  EXPECT_EQ(log_.statuses(), (std::vector<unsigned>{201, 200, 200}));
  EXPECT_TRUE(log_.lines().empty());
}

TEST_F(FunctionTest, AnAnswerWithoutABodyHasAnEmptyOne) {
  put(R"({"id":"k"})");
  EXPECT_EQ(body(ask(function_url("HEAD", "/picus/get/k", ""))), "");
  EXPECT_EQ(body(ask(function_url("OPTIONS", "/picus/get/k", ""))), "");
}

TEST_F(FunctionTest, AnEventThatIsNoRequestFailsItsInvocationWithALogLine) {
  Function function(api_, log_);
  for (const bool is_cut : {false, true}) {
    Invocation invocation;
    invocation.event = is_cut ? "" : R"({"Records":["secret"]})";
    invocation.is_cut = is_cut;
    EXPECT_THROW(run(function.answer(std::move(invocation))), FailedInvocation);
  }
  ASSERT_EQ(log_.lines().size(), 2U);
  EXPECT_TRUE(log_.lines()[0].starts_with("error event-not-understood source=unknown "))
      << log_.lines()[0];
  EXPECT_FALSE(log_.lines()[0].contains("secret"));
  EXPECT_TRUE(log_.lines()[1].contains("24 MiB"));
  EXPECT_TRUE(log_.statuses().empty());
}

TEST_F(FunctionTest, LocationAndLinkLeadBackThroughTheBasePath) {
  Function function(api_, log_, "/store");
  const auto ask_there = [&](std::string event) {
    Invocation invocation;
    invocation.event = std::move(event);
    return boost::json::parse(run(function.answer(std::move(invocation)))).at("headers");
  };
  for (const char* id : {"a", "b"}) {
    const auto made = ask_there(
        alb(R"("httpMethod":"POST","path":"/store/picus/put","headers":{},"body":"{\"id\":\")" +
            std::string(id) + R"(\"}")"));
    EXPECT_EQ(made.at("Location").as_string(), "/store/picus/get/" + std::string(id));
  }
  const std::string link(
      ask_there(alb_get("/store/picus/list", R"({"limit":"1"})")).at("Link").as_string());
  EXPECT_TRUE(link.starts_with("</store/picus/list?limit=1&cursor=")) << link;
  const std::string plain(
      ask_there(alb_get("/picus/list", R"({"limit":"1"})")).at("Link").as_string());
  EXPECT_TRUE(plain.starts_with("</picus/list?")) << plain;
}

TEST_F(FunctionTest, AMalformedEventIsAnsweredInTheFormOfItsSource) {
  const auto told = ask(alb(R"("httpMethod":"GET","path":1,"multiValueHeaders":{})"));
  EXPECT_EQ(told.at("statusCode"), 400);
  EXPECT_TRUE(told.contains("statusDescription"));
  EXPECT_TRUE(told.contains("multiValueHeaders"));
}

TEST_F(FunctionTest, AListThatWouldNotFitIsAPageAndTheLinkLeadsToTheRest) {
  for (int i = 0; i < 30; ++i) put(item_of("k" + std::to_string(i), 50'000));
  std::size_t items = 0;
  std::string query = "{}";
  for (int pages = 0; !query.empty(); ++pages) {
    ASSERT_LT(pages, 5);
    const auto page = ask(alb_get("/picus/list", query));
    ASSERT_EQ(page.at("statusCode"), 200);
    items += boost::json::parse(body(page)).as_array().size();
    const auto& headers = page.at("headers").as_object();
    query.clear();
    if (!headers.contains("Link")) continue;
    const std::string link(headers.at("Link").as_string());
    const std::size_t at = link.find("cursor=") + 7;
    query = R"({"limit":"1000","cursor":")" + link.substr(at, link.find('>') - at) + "\"}";
  }
  EXPECT_EQ(items, 30U);
}

TEST_F(FunctionTest, AListThatFitsIsWhole) {
  for (int i = 0; i < 1500; ++i) put(item_of("k" + std::to_string(i), 10));
  const auto list = ask(alb_get("/picus/list"));
  EXPECT_EQ(boost::json::parse(body(list)).as_array().size(), 1500U);
  EXPECT_FALSE(list.at("headers").as_object().contains("Link"));
}

TEST_F(FunctionTest, LargeItemsMakeSmallerPages) {
  for (int i = 0; i < 4; ++i) put(item_of("k" + std::to_string(i), 390'000));
  const auto list = ask(alb_get("/picus/list"));
  ASSERT_EQ(list.at("statusCode"), 200);
  EXPECT_EQ(boost::json::parse(body(list)).as_array().size(), 2U);
  EXPECT_TRUE(list.at("headers").as_object().contains("Link"));
}

TEST_F(FunctionTest, AnItemThatDoesNotFitIsAProblemThatSaysSo) {
  std::string text = R"({"id":"k","text":")";
  for (int i = 0; i < 174'000; ++i) text += R"(\u0001)";
  put(text + "\"}");
  const auto told = ask(alb_get("/picus/get/k"));
  EXPECT_EQ(told.at("statusCode"), 413);
  EXPECT_EQ(code(told), "item-too-large");
  EXPECT_TRUE(body(told).contains("1000000"));
  EXPECT_EQ(code(ask(alb_get("/picus/list"))), "item-too-large");
  EXPECT_EQ(ask(function_url("GET", "/picus/get/k", "")).at("statusCode"), 200);
}

TEST_F(FunctionTest, AFaultIs500AndItsWordsAreForTheLogOnly) {
  FaultyStore store;
  Api api(store, ids_, lifecycle_, {.version = "1", .openapi_json = "{}"});
  const auto told = ask(api, alb_get("/picus/get/k"));
  EXPECT_EQ(told.at("statusCode"), 500);
  EXPECT_EQ(code(told), "internal");
  EXPECT_FALSE(body(told).contains("a bug"));
  ASSERT_EQ(log_.lines().size(), 1U);
  EXPECT_TRUE(log_.lines()[0].starts_with("error bug what=a bug"));
}

TEST_F(FunctionTest, TheInvocationsDeadlineBoundsWhatTheStoreIsGiven) {
  FaultyStore store;
  Api api(store, ids_, lifecycle_, {.version = "1", .openapi_json = "{}"});
  deadline_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
  ask(api, alb_get("/picus/get/k"));
  EXPECT_EQ(store.deadline, deadline_);
  deadline_ = std::chrono::steady_clock::time_point::max();
  ask(api, alb_get("/picus/get/k"));
  EXPECT_LT(store.deadline, std::chrono::steady_clock::now() + std::chrono::seconds(6));
}

TEST_F(FunctionTest, ARequestIdComesBack) {
  const auto told =
      ask(alb(R"("httpMethod":"GET","path":"/livez","headers":{"x-request-id":"abc"})"));
  EXPECT_EQ(told.at("headers").at("X-Request-Id"), "abc");
}

}  // namespace
}  // namespace picus::lambda
