#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/bulk.h"
#include "aws/breaker.h"
#include "aws/testing/loopback_service.h"
#include "core/run.h"
#include "store/dynamodb/store.h"
#include "store/testing/dynamodb_testing.h"
#include "store/testing/store_testing.h"

// What DynamoDB Local never does: lose answers, throttle, refuse, answer with nonsense. A small
// server on loopback plays it.
namespace picus {
namespace {

namespace json = boost::json;
using aws::answer;
using std::chrono::milliseconds;

const std::string kLost;  // an empty answer: the connection is closed
constexpr std::string_view kImpossible = "attribute_not_exists(#key) AND attribute_exists(#key)";
constexpr std::string_view kOldItem =
    R"({"Item":{"id":{"S":"k"},"picus:meta":{"M":{"write":{"S":"an older write"}}}}})";

std::string refusal(std::string_view code, std::string_view more = {}) {
  return answer(400, R"({"__type":"com.amazonaws.dynamodb.v20120810#)" + std::string(code) +
                         R"(","message":"secret words")" + std::string(more) + '}');
}

std::string condition_failed(const json::value& item) {
  return refusal("ConditionalCheckFailedException", ",\"Item\":" + json::serialize(item));
}

/// A store whose DynamoDB answers as `play(operation, parameters)` says.
class PlayedStore {
 public:
  using Play = std::function<std::string(const std::string&, const json::object&)>;

  explicit PlayedStore(Play play, std::size_t bulk_writes = 4, unsigned max_attempts = 2)
      : service_([play = std::move(play)](const aws::Asked& asked) {
          const std::string target = asked.header("X-Amz-Target");
          return play(target.substr(target.find('.') + 1), json::parse(asked.body).as_object());
        }),
        client_(service_.origin(), {.endpoint = {},
                                    .region = "eu-west-1",
                                    .attempt_timeout = milliseconds(2000),
                                    .max_attempts = max_attempts}),
        store_(*client_, {.table = "t", .list_segments = 3, .bulk_writes = bulk_writes},
               client_.log()) {}

  DynamoDbStore* operator->() { return &store_; }
  DynamoDbStore& operator*() { return store_; }

 private:
  aws::LoopbackService service_;
  TestClient client_;
  DynamoDbStore store_;
};

Context within(milliseconds time) { return {.deadline = std::chrono::steady_clock::now() + time}; }

NewItem numbered(std::string id) { return item(std::move(id), R"("n":1)"); }

Result<PutOutcome> put(DynamoDbStore& store, PutCondition condition = IfAbsent{}) {
  return run(store.put(numbered("k"), std::move(condition), std::nullopt, in_time()));
}

std::string id_of(const json::object& parameters) {
  return std::string(parameters.at("Item").at("id").at("S").as_string());
}

TEST(DynamoDbFaults, APutWhoseAnswerWasLostKnowsItsOwnItemAgain) {
  for (const PutCondition& condition : {PutCondition(IfAbsent{}), PutCondition(IfPresent{})}) {
    std::mutex mutex;  // each connection has a thread of its own
    json::value stored;
    PlayedStore store([&](const std::string& operation, const json::object& parameters) {
      const std::lock_guard lock(mutex);
      if (operation == "GetItem") return answer(200, kOldItem);
      if (!stored.is_null()) return condition_failed(stored);
      stored = parameters.at("Item");
      return kLost;
    });
    const auto outcome = put(*store, condition);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->created, std::holds_alternative<IfAbsent>(condition));
    EXPECT_FALSE(outcome->replayed);
  }
}

TEST(DynamoDbFaults, OfALostPutThatMeetsAnothersItemNobodyKnowsWhetherItHappened) {
  std::atomic<int> asked = 0;
  PlayedStore store([&](const std::string&, const json::object& parameters) {
    const int before = asked++;
    if (before == 0) return kLost;
    if (before > 1) return answer(200, "{}");  // overwritten
    json::value other = parameters.at("Item");
    other.at("picus:meta").at("M").at("write").at("S") = "another";
    return condition_failed(other);
  });
  EXPECT_EQ(put(*store).error().code(), ErrorCode::store_unavailable);
}

TEST(DynamoDbFaults, WithoutTheRightToReadAnImpossibleWriteLooksWhatIsThere) {
  std::mutex mutex;
  std::vector<std::string> asked;
  PlayedStore store([&](const std::string& operation, const json::object& parameters) {
    const std::lock_guard lock(mutex);
    const json::value* condition = parameters.if_contains("ConditionExpression");
    const bool impossible = condition != nullptr && condition->as_string() == kImpossible;
    asked.push_back((impossible ? "impossible " : "") + operation);
    if (operation == "GetItem") return refusal("AccessDeniedException");
    return impossible ? condition_failed(json::parse(kOldItem).at("Item")) : answer(200, "{}");
  });
  EXPECT_TRUE(run(store->remove(key("k"), IfPresent{}, in_time())));
  EXPECT_TRUE(run(store->remove(key("k"), IfPresent{}, in_time())));
  EXPECT_TRUE(put(*store, IfPresent{}));
  EXPECT_EQ(asked, (std::vector<std::string>{"GetItem", "impossible DeleteItem", "DeleteItem",
                                             "impossible DeleteItem", "DeleteItem",
                                             "impossible PutItem", "PutItem"}));
}

TEST(DynamoDbFaults, ALostRemovalThatFindsNothingIsTheOneThatRemoved) {
  for (const bool lost : {true, false}) {
    std::atomic<int> asked = 0;
    PlayedStore store([&](const std::string& operation, const json::object&) {
      if (operation == "GetItem") return answer(200, lost ? kOldItem : "{}");
      return asked++ == 0 ? kLost : refusal("ConditionalCheckFailedException");
    });
    const auto removed = run(store->remove(key("k"), IfPresent{}, in_time()));
    if (lost) {
      EXPECT_TRUE(removed);
    } else {
      EXPECT_EQ(removed.error().code(), ErrorCode::not_found);
    }
  }
}

TEST(DynamoDbFaults, AClientIsToldWhatItCanDoAndNothingOfAwsWords) {
  const std::map<std::string, ErrorCode> expected = {
      {"ProvisionedThroughputExceededException", ErrorCode::throttled},
      {"AccessDeniedException", ErrorCode::store_unavailable},
      {"ResourceNotFoundException", ErrorCode::store_unavailable},
      {"UnrecognizedClientException", ErrorCode::store_unavailable},
      {"ValidationException", ErrorCode::internal},
      {"SerializationException", ErrorCode::internal},
  };
  for (const auto& [aws_code, code] : expected) {
    PlayedStore store([&](const std::string&, const json::object&) { return refusal(aws_code); }, 4,
                      /*max_attempts=*/1);
    const auto found = run(store->get(key("k"), in_time()));
    ASSERT_FALSE(found) << aws_code;
    EXPECT_EQ(found.error().code(), code) << aws_code;
    EXPECT_FALSE(found.error().message().contains("secret")) << aws_code;
    EXPECT_TRUE(found.error().detail().contains(aws_code));
  }
}

TEST(DynamoDbFaults, AnAnswerThatIsNoneIsAnError) {
  for (const char* text : {"", "{", "[]", R"({"Item":{"n":{"N":"1"}}})", "<html>"}) {
    PlayedStore store([&](const std::string&, const json::object&) { return answer(200, text); });
    const auto found = run(store->get(key("k"), in_time()));
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code(), ErrorCode::store_unavailable) << text;
  }
}

// Each of them was taken for success: 201, 200, "created 2".
TEST(DynamoDbFaults, NothingIsReadOrWrittenWhereSomethingElseResponds) {
  const std::vector<std::pair<std::string, std::string>> impostors = {
      {"text/html", "<!DOCTYPE html><title>Welcome to nginx!</title>"},
      {"text/html", "<html><meta http-equiv=refresh content='0;url=https://login.example'></html>"},
      {"application/json", R"({"status":"ok"})"},
      {"application/json", "{}"},
      {"", ""},
      {"application/x-amz-json-1.0", ""},
      {"application/x-amz-json-1.0", R"({"Item":{"id":{"S":"k"})"},
      {"application/x-amz-json-1.0", "[]"},
      {"application/x-amz-json-1.0", "null"},
      {"application/x-amz-json-1.0", "{}{}"},
      {"application/x-amz-json-1.0", R"({"status":"ok"})"}};
  for (const auto& [type, body] : impostors) {
    PlayedStore store(
        [&](const std::string&, const json::object&) { return answer(200, body, type); });
    const std::string what = type + ' ' + body;
    EXPECT_FALSE(run(store->check_table(in_time()))) << what;
    EXPECT_FALSE(run(store->get(key("k"), in_time()))) << what;
    EXPECT_FALSE(put(*store)) << what;
    EXPECT_FALSE(put(*store, Always{})) << what;
    EXPECT_FALSE(run(store->remove(key("k"), IfPresent{}, in_time()))) << what;
    EXPECT_FALSE(run(
        store->scan({.after = {}, .max_items = 10, .max_bytes = 1000, .buffer = {}}, in_time())))
        << what;
    const auto many = run(store->put_many({numbered("a"), numbered("b")}, OnConflict::replace,
                                          within(milliseconds(100))));
    EXPECT_FALSE(many) << what;
  }
}

TEST(DynamoDbFaults, AStoreThatIsSlowIsWaitedForUntilTheDeadline) {
  std::promise<void> given_up;
  const std::shared_future<void> end = given_up.get_future().share();
  PlayedStore store([end](const std::string&, const json::object&) {
    end.wait();
    return answer(200, "{}");
  });
  const auto found = run(store->get(key("k"), within(milliseconds(200))));
  given_up.set_value();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::deadline_exceeded);
}

std::vector<NewItem> items(int count) {
  std::vector<NewItem> all;
  all.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) all.push_back(numbered("k" + std::to_string(100 + i)));
  return all;
}

TEST(DynamoDbFaults, ABulkPutHasNoMoreWritesOnTheirWayThanItMay) {
  constexpr int kItems = 60;
  constexpr int kMost = 4;
  std::mutex mutex;
  std::condition_variable changed;
  int arrived = 0;
  int now = 0;
  int most = 0;
  PlayedStore store([&](const std::string&, const json::object&) {
    std::unique_lock lock(mutex);
    const int enough = std::min(++arrived + kMost - 1, kItems);
    most = std::max(most, ++now);
    changed.notify_all();
    // Each stays until the next three are here: fewer at a time would stand still.
    changed.wait(lock, [&] { return arrived >= enough; });
    --now;
    return answer(200, "{}");
  });
  const auto outcomes = run(store->put_many(items(kItems), OnConflict::fail, in_time()));
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(*outcomes, std::vector<BulkOutcome>(kItems, Written::created));
  EXPECT_EQ(most, kMost);
}

TEST(DynamoDbFaults, WhatIsThrottledInABulkPutIsTriedAgain) {
  std::mutex mutex;
  std::set<std::string> refused_once;
  PlayedStore store(
      [&](const std::string&, const json::object& parameters) {
        const std::lock_guard lock(mutex);
        const bool first = refused_once.insert(id_of(parameters)).second;
        return first ? refusal("ThrottlingException") : answer(200, "{}");
      },
      4, /*max_attempts=*/1);
  const auto outcomes = run(store->put_many(items(20), OnConflict::fail, in_time()));
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(*outcomes, std::vector<BulkOutcome>(20, Written::created));
}

TEST(DynamoDbFaults, AThrottledLineThatHadBeenWrittenIsNotTakenForAnothers) {
  std::mutex mutex;
  std::map<std::string, json::value> stored;
  PlayedStore store(
      [&](const std::string&, const json::object& parameters) {
        const std::lock_guard lock(mutex);
        const auto added = stored.emplace(id_of(parameters), parameters.at("Item"));
        return added.second ? refusal("ThrottlingException")
                            : condition_failed(added.first->second);
      },
      4, /*max_attempts=*/1);
  const auto outcomes = run(store->put_many(items(3), OnConflict::fail, in_time()));
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(*outcomes, std::vector<BulkOutcome>(3, Written::created));
}

TEST(DynamoDbFaults, ASilenceInTheMiddleOfABulkPutIsWaitedOut) {
  constexpr int kLastLost = 1 + 2 * aws::Breaker::kFailures;
  std::atomic<int> asked = 0;
  PlayedStore store(
      [&](const std::string&, const json::object&) {
        const int number = ++asked;
        return number > 1 && number <= kLastLost ? kLost : answer(200, "{}");
      },
      /*bulk_writes=*/1, /*max_attempts=*/1);
  const auto outcomes = run(store->put_many(items(20), OnConflict::fail, in_time()));
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(*outcomes, std::vector<BulkOutcome>(20, Written::created));
}

TEST(DynamoDbFaults, LinesThatStayUnwrittenAreToldEachForItself) {
  PlayedStore store(
      [&](const std::string&, const json::object& parameters) {
        const bool odd = (id_of(parameters).back() - '0') % 2 == 1;
        return odd ? refusal("ThrottlingException") : answer(200, "{}");
      },
      4, /*max_attempts=*/1);
  const auto outcomes = run(store->put_many(items(4), OnConflict::fail, within(milliseconds(500))));
  ASSERT_TRUE(outcomes);
  EXPECT_EQ((*outcomes)[0], BulkOutcome(Written::created));
  EXPECT_EQ((*outcomes)[2], BulkOutcome(Written::created));
  EXPECT_FALSE((*outcomes)[1]);
  EXPECT_FALSE((*outcomes)[3]);
}

TEST(DynamoDbFaults, ABulkPutThatReachesNothingIsOneError) {
  PlayedStore store(
      [&](const std::string&, const json::object&) { return refusal("AccessDeniedException"); }, 4,
      /*max_attempts=*/1);
  const auto outcomes = run(store->put_many(items(10), OnConflict::replace, in_time()));
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code(), ErrorCode::store_unavailable);
}

asio::awaitable<BulkReport> put_lines(Store* store, std::string lines, milliseconds deadline) {
  IdSource ids;
  Budget memory(64UZ * 1024 * 1024);
  Budget batches(1);
  BulkPut bulk(*store, ids, memory, batches, {.deadline = deadline});
  co_await bulk.feed(lines);
  co_await bulk.finish();
  co_return bulk.report();
}

// Each further batch waited in vain as long as the first one.
TEST(DynamoDbFaults, ATableThatThrottlesEverythingIsAskedForOneBatchOnly) {
  constexpr std::size_t kLines = kBatchItems + 1000;
  std::string lines;
  for (std::size_t i = 0; i < kLines; ++i) lines += "{\"id\":\"" + std::to_string(i) + "\"}\n";
  // On a busy machine even the first answer may be late. Then nothing has said that it throttles.
  BulkReport report;
  for (milliseconds deadline(200); deadline < milliseconds(20000); deadline *= 3) {
    std::atomic<bool> asked_again = false;
    PlayedStore store(
        [&](const std::string&, const json::object& parameters) {
          if (std::stoul(id_of(parameters)) >= kBatchItems) asked_again = true;
          return refusal("ThrottlingException");
        },
        4, /*max_attempts=*/1);
    report = run(put_lines(&*store, lines, deadline));
    ASSERT_EQ(report.failed, kLines);
    if (report.errors.front().code == ErrorCode::deadline_exceeded) continue;
    EXPECT_FALSE(asked_again);
    break;
  }
  EXPECT_EQ(report.errors.back().code, ErrorCode::throttled);
}

TEST(DynamoDbFaults, TheStoreTellsWhyItCannotBeUsed) {
  const std::vector<std::pair<std::string, StoreState>> cases = {
      {"ResourceNotFoundException", StoreState::missing},
      {"AccessDeniedException", StoreState::denied},
      {"UnrecognizedClientException", StoreState::denied},
      {"ProvisionedThroughputExceededException", StoreState::throttled},
      {"InternalServerError", StoreState::unreachable}};
  for (const auto& [code, state] : cases) {
    PlayedStore store([&](const std::string&, const json::object&) { return refusal(code); }, 4,
                      /*max_attempts=*/1);
    EXPECT_EQ(run(store->ask(in_time())), state) << code;
  }
}

TEST(DynamoDbFaults, ATableThatIsBeingCreatedIsNotMissing) {
  // DynamoDB says the same of a table that is not active as of one that is not there.
  for (const bool exists : {true, false}) {
    PlayedStore store(
        [&](const std::string& operation, const json::object&) {
          if (operation != "DescribeTable" || !exists) return refusal("ResourceNotFoundException");
          return answer(200, R"({"Table":{"TableName":"t","TableStatus":"CREATING"}})");
        },
        4, /*max_attempts=*/1);
    EXPECT_EQ(run(store->ask(in_time())), exists ? StoreState::unreachable : StoreState::missing);
    const auto checked = run(store->check_table(in_time()));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().message().contains("not active"), exists);
    EXPECT_EQ(checked.error().message().contains("There is no table"), !exists);
  }
}

TEST(DynamoDbFaults, ARefusalOfKmsIsNamedAsSuch) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"AccessDeniedException", "KMS key access denied error: it is not allowed"},
      {"AccessDeniedException", "User: x is not authorized to perform: kms:Decrypt on resource y"},
      {"ValidationException", "KMS key is disabled"},
      {"KMSInvalidStateException", "it is pending deletion"}};
  for (const auto& [code, message] : cases) {
    PlayedStore store(
        [&](const std::string&, const json::object&) {
          return answer(400, R"({"__type":"com.amazonaws.dynamodb.v20120810#)" + code +
                                 R"(","message":")" + message + "\"}");
        },
        4, /*max_attempts=*/1);
    EXPECT_EQ(run(store->ask(in_time())), StoreState::denied) << code;
    EXPECT_TRUE(run(store->check_table(in_time())).error().message().contains("KMS key")) << code;
    EXPECT_EQ(run(store->get(key("k"), in_time())).error().code(), ErrorCode::store_unavailable);
  }
}

TEST(DynamoDbFaults, AskingTakesTheRightToOneOfferedOperationAndNoOther) {
  const std::vector<std::pair<Operations, std::string>> cases = {
      {{}, "GetItem"},
      {{.get = false}, "Scan"},
      {{.get = false, .put = false, .list = false}, "DeleteItem"},
      {{.get = false, .list = false, .remove = false}, "PutItem"}};
  for (const auto& [offered, allowed] : cases) {
    aws::LoopbackService service([&](const aws::Asked& asked) {
      if (!asked.header("X-Amz-Target").ends_with(allowed)) return refusal("AccessDeniedException");
      const json::object parameters = json::parse(asked.body).as_object();
      if (allowed == "GetItem") return answer(200, "{}");
      if (allowed == "Scan") return answer(200, R"({"Items":[]})");
      EXPECT_EQ(parameters.at("ConditionExpression").as_string(),
                "attribute_not_exists(#key) AND attribute_exists(#key)");
      return refusal("ConditionalCheckFailedException");
    });
    TestClient client(service.origin());
    DynamoDbStore store(*client, {.table = "t", .offered = offered}, client.log());
    const auto checked = run(store.check_table(in_time()));
    EXPECT_TRUE(checked) << allowed << ": " << checked.error().detail();
    EXPECT_EQ(run(store.ask(in_time())), StoreState::ok);
  }
}

/// A table of `pages` pages in each segment, three items in each page.
class PlayedTable {
 public:
  explicit PlayedTable(int pages) : pages_(pages) {}

  std::string scan(const json::object& parameters) {
    ++scans_;
    const json::value* segment = parameters.if_contains("Segment");
    const std::string name = segment == nullptr ? "first" : std::to_string(segment->as_int64());
    int page = 0;
    if (const json::value* start = parameters.if_contains("ExclusiveStartKey")) {
      const std::string after(start->at("id").at("S").as_string());
      page = std::stoi(after.substr(after.find('/') + 1)) + 1;
    }
    std::string text = R"({"Items":[)";
    for (int i = 0; i < 3; ++i) {
      if (i > 0) text += ',';
      text +=
          R"({"id":{"S":")" + name + '/' + std::to_string(page) + '/' + std::to_string(i) + "\"}}";
    }
    text += ']';
    if (page + 1 < pages_) {
      text += R"(,"LastEvaluatedKey":{"id":{"S":")" + name + '/' + std::to_string(page) + "\"}}";
    }
    return answer(200, text + '}');
  }

  [[nodiscard]] int scans() const { return scans_; }

 private:
  int pages_;
  std::atomic<int> scans_ = 0;
};

ScanAllRequest all_items() {
  return {.page_bytes = 1000, .separator = '\n', .page_deadline = std::chrono::seconds(10)};
}

asio::awaitable<Result<std::string>> read_pages(Store* store, int count) {
  const auto pages = store->scan_all(all_items());
  std::string text;
  for (int i = 0; i < count; ++i) {
    const auto page = co_await pages->read(std::string());
    if (!page) co_return std::unexpected(page.error());
    text += page->text;
    if (!page->next) co_return text;
  }
  co_return text;
}

TEST(DynamoDbFaults, AListIsReadInSegmentsEachItemOnce) {
  PlayedTable table(5);
  PlayedStore store(
      [&](const std::string&, const json::object& parameters) { return table.scan(parameters); });
  const auto text = run(read_pages(&*store, 1000));
  ASSERT_TRUE(text);
  std::set<std::string> seen;
  for (std::size_t at = 0; at < text->size(); at = text->find('\n', at) + 1) {
    seen.insert(text->substr(at, text->find('\n', at) - at));
  }
  EXPECT_EQ(std::ranges::count(*text, '\n'), 3 * 5 * 3);
  EXPECT_EQ(seen.size(), 3U * 5 * 3);
  EXPECT_FALSE(text->contains("first"));
  EXPECT_EQ(table.scans(), 1 + 3 * 5);
}

TEST(DynamoDbFaults, AnEmptyLastEvaluatedKeyIsTheEndOfTheTable) {
  PlayedStore store([](const std::string&, const json::object&) {
    return answer(200, R"({"Items":[{"id":{"S":"a"}}],"LastEvaluatedKey":{}})");
  });
  const auto page =
      run(store->scan({.after = {}, .max_items = 10, .max_bytes = 1000, .buffer = {}}, in_time()));
  ASSERT_TRUE(page) << page.error().detail();
  EXPECT_EQ(page->count, 1U);
  EXPECT_FALSE(page->next);
  EXPECT_EQ(run(read_pages(&*store, 10)).value(), "{\"id\":\"a\"}\n");
}

TEST(DynamoDbFaults, ALastEvaluatedKeyThatStandsStillEndsTheListAsAFault) {
  PlayedStore store([](const std::string&, const json::object& parameters) {
    const bool first = !parameters.contains("ExclusiveStartKey");
    return answer(200, std::string(R"({"Items":[)") + (first ? R"({"id":{"S":"a"}})" : "") +
                           R"(],"LastEvaluatedKey":{"id":{"S":"a"}}})");
  });
  const auto page =
      run(store->scan({.after = {}, .max_items = 10, .max_bytes = 1000, .buffer = {}}, in_time()));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::store_unavailable);
  const auto list = run(read_pages(&*store, 1000));
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code(), ErrorCode::store_unavailable);
}

TEST(DynamoDbFaults, SegmentsStopReadingWhileNothingIsTaken) {
  PlayedTable table(1000);
  PlayedStore store(
      [&](const std::string&, const json::object& parameters) { return table.scan(parameters); });
  ASSERT_TRUE(run(read_pages(&*store, 2)));  // runs until nothing is left to do
  EXPECT_LE(table.scans(), 1 + 3 + 2);
}

TEST(DynamoDbFaults, ASegmentThatFailsFailsTheList) {
  PlayedTable table(5);
  PlayedStore store([&](const std::string&, const json::object& parameters) {
    const json::value* segment = parameters.if_contains("Segment");
    const bool bad = segment != nullptr && segment->as_int64() == 2;
    return bad ? refusal("AccessDeniedException") : table.scan(parameters);
  });
  const auto text = run(read_pages(&*store, 1000));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code(), ErrorCode::store_unavailable);
}

}  // namespace
}  // namespace picus
