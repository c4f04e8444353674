#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "aws/testing/loopback_service.h"
#include "core/run.h"
#include "store/dynamodb/store.h"
#include "store/testing/dynamodb_testing.h"
#include "store/testing/store_testing.h"

// A write is sent again because its response was lost or late. Whatever somebody else was promised
// in between has to stay.
namespace picus {
namespace {

using std::chrono::milliseconds;

const std::string kLost;  // an empty answer: the connection is closed

/// A store on a table in DynamoDB Local, on whose way the first write is unlucky.
class UnluckyStore {
 public:
  enum class Luck : std::uint8_t {
    response_lost,  ///< it takes effect, others write, and its response is lost
    late,           ///< it is held until release(), while the client sends it again
  };

  explicit UnluckyStore(Luck luck)
      : luck_(luck),
        service_([this](const aws::Asked& asked) { return respond(asked); }),
        client_(service_.origin(),
                {.endpoint = {},
                 .region = "eu-west-1",
                 .attempt_timeout = milliseconds(luck == Luck::late ? 300 : 20'000)}),
        store_(*client_, {.table = table_.name()}, client_.log()) {}
  ~UnluckyStore() { release(); }
  UnluckyStore(const UnluckyStore&) = delete;
  UnluckyStore& operator=(const UnluckyStore&) = delete;

  /// What the client uses whose write is unlucky.
  DynamoDbStore& store() { return store_; }
  /// What everybody else uses.
  DynamoDbStore& others() { return table_.store(); }
  /// An item as another program writes it.
  void foreign(const std::string& attributes) { table_.put_attributes(attributes); }
  void meanwhile(std::function<void()> action) { meanwhile_ = std::move(action); }

  /// Lets a write that is held go on its way, and waits until it is there.
  void release() {
    if (std::exchange(released_, true)) return;
    go_on_.set_value();
    if (luck_ == Luck::late && struck_) arrived_.get_future().wait();
  }

  [[nodiscard]] std::string json() {
    const auto found = run(others().get(key("k"), in_time()));
    return found && *found ? (*found)->json : "nothing";
  }

 private:
  std::string respond(const aws::Asked& asked) {
    const std::string target = asked.header("X-Amz-Target");
    const std::string operation = target.substr(target.find('.') + 1);
    const bool is_write = operation == "PutItem" || operation == "DeleteItem";
    if (!is_write || struck_.exchange(true)) return forward(operation, asked.body);
    if (luck_ == Luck::late) {
      go_on_.get_future().wait();
      forward(operation, asked.body);
      arrived_.set_value();
      return kLost;
    }
    forward(operation, asked.body);
    if (meanwhile_) meanwhile_();
    return kLost;
  }

  std::string forward(const std::string& operation, const std::string& body) {
    TestClient behind(dynamodb_local());
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto answer = run((*behind).call(operation, body, deadline));
    return answer ? aws::answer(200, answer->body) : aws::answer(400, answer.error().body);
  }

  TestTable table_;
  Luck luck_;
  std::function<void()> meanwhile_;
  std::atomic<bool> struck_ = false;
  bool released_ = false;
  std::promise<void> go_on_;
  std::promise<void> arrived_;
  aws::LoopbackService service_;
  TestClient client_;
  DynamoDbStore store_;
};

NewItem version(int n) { return item("k", "\"n\":" + std::to_string(n)); }
std::string json_of(int n) { return version(n).json; }

Result<PutOutcome> put(DynamoDbStore& store, int n, PutCondition condition = IfAbsent{}) {
  return run(store.put(version(n), std::move(condition), std::nullopt, in_time()));
}

Result<void> remove(DynamoDbStore& store, RemoveCondition condition = IfPresent{}) {
  return run(store.remove(key("k"), std::move(condition), in_time()));
}

IfEtag tagged(int n) { return {{version(n).etag}}; }

/// A write to an item that is there, with the code it ends with; `ok` where it succeeded.
struct Writing {
  std::string name;
  std::function<std::string(DynamoDbStore&)> run;
};

std::string ending(const auto& result) {
  return result ? "ok" : std::string(traits(result.error().code()).name);
}

std::string ending_of_bulk(DynamoDbStore& store, OnConflict on_conflict) {
  const auto many = run(store.put_many({version(1)}, on_conflict, in_time()));
  if (!many) return ending(many);
  return many->front() ? "ok" : std::string(traits(many->front().error()).name);
}

std::vector<Writing> changes() {
  return {
      {"put If-Match: *", [](DynamoDbStore& store) { return ending(put(store, 1, IfPresent{})); }},
      {"put If-Match: etag", [](DynamoDbStore& store) { return ending(put(store, 1, tagged(0))); }},
      {"put always", [](DynamoDbStore& store) { return ending(put(store, 1, Always{})); }},
      {"bulk put that replaces",
       [](DynamoDbStore& store) { return ending_of_bulk(store, OnConflict::replace); }},
      {"delete", [](DynamoDbStore& store) { return ending(remove(store)); }},
      {"delete If-Match: etag",
       [](DynamoDbStore& store) { return ending(remove(store, tagged(0))); }}};
}

/// What others may do between a write and its repetition; each of them is acknowledged.
std::vector<Writing> interruptions() {
  return {{"another item",
           [](DynamoDbStore& store) {
             remove(store);
             return ending(put(store, 2));
           }},
          {"the old item again",  // it has the old ETag
           [](DynamoDbStore& store) {
             remove(store);
             return ending(put(store, 0));
           }},
          {"the old item in the place of the new one",
           [](DynamoDbStore& store) { return ending(put(store, 0, Always{})); }},
          {"compare and set on what is there", [](DynamoDbStore& store) {
             const auto there = run(store.get(key("k"), in_time())).value();
             if (!there) return ending(put(store, 2));
             return ending(put(store, 2, IfEtag{{*there->etag}}));
           }}};
}

/// `write` takes effect and loses its response, and what others are promised meanwhile stays.
void expect_that_promises_stay(UnluckyStore& table, const Writing& write,
                               const Writing& interruption) {
  std::string promised;
  table.meanwhile([&] {
    EXPECT_EQ(interruption.run(table.others()), "ok") << interruption.name;
    promised = table.json();
  });
  // Whether it took effect cannot be known.
  EXPECT_EQ(write.run(table.store()), "store-unavailable") << write.name << interruption.name;
  EXPECT_EQ(table.json(), promised) << write.name << ", meanwhile " << interruption.name;
}

TEST(DynamoDbRepetition, ALostWriteLeavesWhatOthersWereToldToBeThere) {
  for (const Writing& change : changes()) {
    for (const Writing& interruption : interruptions()) {
      UnluckyStore table(UnluckyStore::Luck::response_lost);
      ASSERT_TRUE(put(table.others(), 0));
      expect_that_promises_stay(table, change, interruption);
    }
  }
}

/// `write` succeeds by its second attempt; the first one is carried out after others' writes.
void expect_that_a_late_attempt_changes_nothing(const Writing& write, const Writing& interruption) {
  UnluckyStore table(UnluckyStore::Luck::late);
  EXPECT_TRUE(put(table.others(), 0));
  EXPECT_EQ(write.run(table.store()), "ok") << write.name;
  EXPECT_EQ(interruption.run(table.others()), "ok") << interruption.name;
  const std::string promised = table.json();
  table.release();
  EXPECT_EQ(table.json(), promised) << write.name << ", then " << interruption.name;
}

TEST(DynamoDbRepetition, ALateWriteLeavesWhatOthersWereToldToBeThere) {
  const auto all = interruptions();
  for (const Writing& change : changes()) {
    for (const Writing& interruption : {all.front(), all.back()}) {
      expect_that_a_late_attempt_changes_nothing(change, interruption);
    }
  }
}

TEST(DynamoDbRepetition, ALostWriteThatNobodyInterruptsSucceeds) {
  for (const Writing& change : changes()) {
    UnluckyStore table(UnluckyStore::Luck::response_lost);
    ASSERT_TRUE(put(table.others(), 0));
    EXPECT_EQ(change.run(table.store()), "ok") << change.name;
    const bool removed = change.name.starts_with("delete");
    EXPECT_EQ(table.json(), removed ? "nothing" : json_of(1)) << change.name;
  }
}

TEST(DynamoDbRepetition, OfTwoRemovalsBothMayHaveBeenTheOne) {
  UnluckyStore table(UnluckyStore::Luck::response_lost);
  table.meanwhile([&] { EXPECT_EQ(ending(remove(table.others())), "not-found"); });
  ASSERT_TRUE(put(table.others(), 0));
  EXPECT_EQ(ending(remove(table.store())), "ok");
}

/// Writes that find a free key.
std::vector<Writing> creations() {
  return {
      {"put", [](DynamoDbStore& store) { return ending(put(store, 1)); }},
      {"put with an Idempotency-Key",
       [](DynamoDbStore& store) {
         return ending(run(store.put(version(1), IfAbsent{}, IdempotencyHash{1}, in_time())));
       }},
      {"bulk put", [](DynamoDbStore& store) { return ending_of_bulk(store, OnConflict::fail); }},
      {"bulk put that skips",
       [](DynamoDbStore& store) { return ending_of_bulk(store, OnConflict::skip); }},
      {"bulk put that replaces",
       [](DynamoDbStore& store) { return ending_of_bulk(store, OnConflict::replace); }}};
}

TEST(DynamoDbRepetition, ALostPutToAFreeKeyReplacesNothing) {
  for (const Writing& creation : creations()) {
    for (const Writing& interruption : interruptions()) {
      UnluckyStore table(UnluckyStore::Luck::response_lost);
      expect_that_promises_stay(table, creation, interruption);
    }
  }
}

// It has nothing to hold on to: a free key has no name. The order is that of the promises.
TEST(DynamoDbRepetition, ALostPutToAFreeKeyComesAfterARemovalOfItsFirstEffect) {
  UnluckyStore table(UnluckyStore::Luck::response_lost);
  table.meanwhile([&] { EXPECT_EQ(ending(remove(table.others())), "ok"); });
  EXPECT_EQ(ending(put(table.store(), 1)), "ok");
  EXPECT_EQ(table.json(), json_of(1));
}

TEST(DynamoDbRepetition, ItemsOfOtherProgramsAreReplacedAndRemovedOnce) {
  const Writing other_item{"",
                           [](DynamoDbStore& store) { return ending(put(store, 2, Always{})); }};
  auto all = changes();
  std::erase_if(all, [](const Writing& change) { return change.name.contains("etag"); });
  for (const std::string meta :
       {"", R"(,"picus:meta":{"S":"mine"})", R"(,"picus:meta":{"M":{"write":{"S":""}}})",
        R"(,"picus:meta":{"M":{"write":{"N":"1"}}})", R"(,"picus:meta":{"M":{"other":{"S":"x"}}})",
        R"(,"picus:meta":{"M":{"write":{"S":"\"quoted\""}}})"}) {
    for (const Writing& change : all) {
      UnluckyStore table(UnluckyStore::Luck::response_lost);
      table.foreign(R"("id":{"S":"k"})" + meta);
      expect_that_promises_stay(table, change, other_item);
    }
  }
}

}  // namespace
}  // namespace picus
