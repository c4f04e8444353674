#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/run.h"
#include "store/testing/store_suite.h"

namespace picus {
namespace {

constexpr int kThreads = 4;

Etag tag_of(const std::string& id, std::string_view members) { return item(id, members).etag; }

/// Runs `work(number)` on a few threads at once.
template <typename Work>
void on_threads(Work work) {
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int number = 0; number < kThreads; ++number) threads.emplace_back(work, number);
  for (std::thread& thread : threads) thread.join();
}

TEST_P(StoreSuite, AnItemComesBackAsItWasPut) {
  const NewItem made = item("k", R"("n":1.50,"s":"ä\u0000\n","o":{"a":[]})");
  EXPECT_EQ(call().put(made), "created");
  EXPECT_EQ(call().get("k"), canonical(made.json));
  EXPECT_EQ(call().etag("k"), made.etag);
}

TEST_P(StoreSuite, AKeyThatWasNeverPutIsAbsent) {
  call().put(item("k"));
  for (const char* id : {"k ", " k", "j", "l", "K"}) EXPECT_EQ(call().get(id), "absent") << id;
}

TEST_P(StoreSuite, EveryKeyIsAKeyOfItsOwn) {
  std::vector<std::string> ids = {" ",       "!",          "a",      "A", "a/b", "a%2Fb", "é",
                                  "e\u0301", "\U0010FFFF", "\u00a0", "0", "00",  "\\\""};
  ids.emplace_back(kMaxKeyBytes, 'x');
  ids.push_back(std::string(kMaxKeyBytes - 1, 'x') + "y");
  for (const std::string& id : ids) EXPECT_EQ(call().put(item(id)), "created") << id;
  for (const std::string& id : ids) EXPECT_EQ(call().get(id), item(id).json);
  EXPECT_EQ(call().all().size(), ids.size());
}

TEST_P(StoreSuite, TheLargestItemFits) {
  constexpr std::size_t kNameBytes = 1;
  const std::string value(kMaxItemBytes - kMetaBytes - 3 - kNameBytes, 'x');
  const auto largest = make_item(key("k"), R"("x":")" + value + '"', value.size() + kNameBytes);
  ASSERT_TRUE(largest);
  EXPECT_EQ(call().put(*largest), "created");
  EXPECT_EQ(call().get("k"), largest->json);
}

TEST_P(StoreSuite, IfAbsentNeverReplaces) {
  EXPECT_EQ(call().put(item("k", R"("n":1)"), IfAbsent{}), "created");
  EXPECT_EQ(call().put(item("k", R"("n":2)"), IfAbsent{}), "already-exists");
  EXPECT_EQ(call().put(item("k", R"("n":1)"), IfAbsent{}), "already-exists");
  EXPECT_EQ(call().get("k"), R"({"id":"k","n":1})");
}

TEST_P(StoreSuite, IfPresentOnlyReplaces) {
  EXPECT_EQ(call().put(item("k", R"("n":1)"), IfPresent{}), "precondition-failed");
  EXPECT_EQ(call().get("k"), "absent");
  call().put(item("k", R"("n":1)"));
  EXPECT_EQ(call().put(item("k", R"("n":2)"), IfPresent{}), "replaced");
  EXPECT_EQ(call().get("k"), R"({"id":"k","n":2})");
  EXPECT_EQ(call().etag("k"), tag_of("k", R"("n":2)"));
}

TEST_P(StoreSuite, IfEtagReplacesWhatHasOneOfTheTags) {
  const Etag first = tag_of("k", R"("n":1)");
  const Etag second = tag_of("k", R"("n":2)");
  EXPECT_EQ(call().put(item("k", R"("n":2)"), IfEtag{{first, second}}), "precondition-failed");
  EXPECT_EQ(call().get("k"), "absent");
  call().put(item("k", R"("n":1)"));
  EXPECT_EQ(call().put(item("k", R"("n":2)"), IfEtag{{second}}), "precondition-failed");
  EXPECT_EQ(call().put(item("k", R"("n":2)"), IfEtag{{}}), "precondition-failed");
  EXPECT_EQ(call().get("k"), R"({"id":"k","n":1})");
  EXPECT_EQ(call().put(item("k", R"("n":2)"), IfEtag{{second, first}}), "replaced");
  EXPECT_EQ(call().put(item("k", R"("n":3)"), IfEtag{{first}}), "precondition-failed");
  EXPECT_EQ(call().get("k"), R"({"id":"k","n":2})");
}

TEST_P(StoreSuite, AlwaysCreatesAndReplaces) {
  EXPECT_EQ(call().put(item("k", R"("n":1)"), Always{}), "created");
  EXPECT_EQ(call().put(item("k", R"("n":2)"), Always{}), "replaced");
  EXPECT_EQ(call().put(item("k", R"("n":2)"), Always{}), "replaced");
  EXPECT_EQ(call().get("k"), R"({"id":"k","n":2})");
}

TEST_P(StoreSuite, AShorterAndALongerItemReplaceWhole) {
  for (const std::size_t bytes : {10UZ, 5000UZ, 100UZ, 200'000UZ, 1UZ}) {
    const NewItem next = large_item("k", bytes);
    call().put(next, Always{});
    EXPECT_EQ(call().get("k"), next.json);
  }
}

TEST_P(StoreSuite, ARepeatedPutIsAnsweredAsTheFirstTime) {
  const NewItem made = item("k", R"("n":1)");
  EXPECT_EQ(call().put(made, IfAbsent{}, hash(1)), "created");
  EXPECT_EQ(call().put(made, IfAbsent{}, hash(1)), "created before");
  EXPECT_EQ(call().put(made, IfAbsent{}, hash(1)), "created before");
  const NewItem next = item("k", R"("n":2)");
  EXPECT_EQ(call().put(next, IfEtag{{made.etag}}, hash(2)), "replaced");
  EXPECT_EQ(call().put(next, IfEtag{{made.etag}}, hash(2)), "replaced before");
  EXPECT_EQ(call().get("k"), next.json);
}

TEST_P(StoreSuite, ARepeatedPutIsRecognisedBeforeItsConditionIsLookedAt) {
  const NewItem made = item("k");
  const Etag other = tag_of("k", R"("n":1)");
  call().put(made, IfAbsent{}, hash(1));
  EXPECT_EQ(call().put(made, IfEtag{{other}}, hash(1)), "created before");
  EXPECT_EQ(call().put(made, IfPresent{}, hash(1)), "created before");
  EXPECT_EQ(call().put(made, Always{}, hash(1)), "created before");
}

TEST_P(StoreSuite, TheSameHashWithAnotherItemIsAMismatchWhateverTheCondition) {
  const NewItem made = item("k", R"("n":1)");
  const NewItem other = item("k", R"("n":2)");
  call().put(made, IfAbsent{}, hash(1));
  EXPECT_EQ(call().put(other, IfAbsent{}, hash(1)), "idempotency-mismatch");
  EXPECT_EQ(call().put(other, IfPresent{}, hash(1)), "idempotency-mismatch");
  EXPECT_EQ(call().put(other, IfEtag{{made.etag}}, hash(1)), "idempotency-mismatch");
  EXPECT_EQ(call().put(other, Always{}, hash(1)), "idempotency-mismatch");
  EXPECT_EQ(call().get("k"), canonical(made.json));
  EXPECT_EQ(call().put(made, IfAbsent{}, hash(1)), "created before");
}

TEST_P(StoreSuite, AnotherHashIsAnotherPut) {
  const NewItem made = item("k");
  call().put(made, IfAbsent{}, hash(1));
  EXPECT_EQ(call().put(made, IfAbsent{}, hash(2)), "already-exists");
  EXPECT_EQ(call().put(made, IfAbsent{}), "already-exists");
  EXPECT_EQ(call().put(item("other"), IfAbsent{}, hash(1)), "created");
  EXPECT_EQ(call().put(made, IfAbsent{}, hash(1)), "created before");
}

TEST_P(StoreSuite, ARefusedPutLeavesNoHash) {
  const NewItem made = item("k", R"("n":1)");
  const NewItem other = item("k", R"("n":2)");
  EXPECT_EQ(call().put(made, IfPresent{}, hash(1)), "precondition-failed");
  EXPECT_EQ(call().put(made, IfAbsent{}, hash(1)), "created");
  EXPECT_EQ(call().put(other, IfAbsent{}, hash(2)), "already-exists");
  EXPECT_EQ(call().put(other, Always{}, hash(2)), "replaced");
}

TEST_P(StoreSuite, ALaterPutMakesTheRepeatANewOne) {
  const NewItem made = item("k", R"("n":1)");
  call().put(made, IfAbsent{}, hash(1));
  EXPECT_EQ(call().put(made, Always{}), "replaced");
  EXPECT_EQ(call().put(made, IfAbsent{}, hash(1)), "already-exists");
  call().put(made, Always{}, hash(1));
  EXPECT_EQ(call().put(made, Always{}, hash(2)), "replaced");
  EXPECT_EQ(call().put(made, Always{}, hash(1)), "replaced");
}

TEST_P(StoreSuite, ARemovalMakesTheRepeatANewOne) {
  const NewItem made = item("k");
  call().put(made, IfAbsent{}, hash(1));
  call().remove("k");
  EXPECT_EQ(call().put(made, IfPresent{}, hash(1)), "precondition-failed");
  EXPECT_EQ(call().put(made, IfAbsent{}, hash(1)), "created");
}

TEST_P(StoreSuite, ABulkPutMakesTheRepeatANewOneOnlyWhereItWrites) {
  const NewItem made = item("k");
  call().put(made, IfAbsent{}, hash(1));
  call().put_many({made}, OnConflict::skip);
  call().put_many({made}, OnConflict::fail);
  EXPECT_EQ(call().put(made, IfAbsent{}, hash(1)), "created before");
  call().put_many({made}, OnConflict::replace);
  EXPECT_EQ(call().put(made, IfAbsent{}, hash(1)), "already-exists");
}

TEST_P(StoreSuite, ABulkPutFailsSkipsOrReplacesTakenKeys) {
  call().put(item("b", R"("n":0)"));
  const std::vector<NewItem> items = {item("c", R"("n":1)"), item("b", R"("n":1)"),
                                      item("a", R"("n":1)")};
  EXPECT_EQ(call().put_many(items, OnConflict::fail), "created already-exists created");
  EXPECT_EQ(call().get("b"), R"({"id":"b","n":0})");
  EXPECT_EQ(call().put_many(items, OnConflict::skip), "skipped skipped skipped");
  EXPECT_EQ(call().get("b"), R"({"id":"b","n":0})");
  call().remove("a");
  EXPECT_EQ(call().put_many(items, OnConflict::replace), "replaced replaced created");
  EXPECT_EQ(call().get("b"), R"({"id":"b","n":1})");
  EXPECT_EQ(call().etag("b"), items[1].etag);
}

TEST_P(StoreSuite, AKeyThatComesTwiceInABulkPutMeetsItsOwnFirstWrite) {
  const NewItem first = item("k", R"("n":1)");
  const NewItem second = item("k", R"("n":2)");
  const NewItem third = item("k", R"("n":3)");
  EXPECT_EQ(call().put_many({second, item("a"), first}, OnConflict::fail),
            "created created already-exists");
  EXPECT_EQ(call().get("k"), second.json);
  call().remove("k");
  EXPECT_EQ(call().put_many({second, first, first}, OnConflict::skip), "created skipped skipped");
  EXPECT_EQ(call().get("k"), second.json);
  call().remove("k");
  EXPECT_EQ(call().put_many({third, first, item("z"), second}, OnConflict::replace),
            "created replaced created replaced");
  EXPECT_EQ(call().get("k"), second.json);
}

TEST_P(StoreSuite, ABulkPutOfNothingDoesNothing) {
  EXPECT_EQ(call().put_many({}, OnConflict::fail), "");
  EXPECT_TRUE(call().all().empty());
}

TEST_P(StoreSuite, ABulkPutTakesThousands) {
  std::vector<NewItem> items;
  items.reserve(3000);
  for (int i = 0; i < 3000; ++i) items.push_back(item("k" + std::to_string(i * 7919 % 3000)));
  const auto outcomes = run(store().put_many(items, OnConflict::fail, in_time()));
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(*outcomes, std::vector<BulkOutcome>(3000, Written::created));
  EXPECT_EQ(call().all().size(), 3000U);
}

TEST_P(StoreSuite, ARemovedItemIsGone) {
  call().put(item("k"));
  EXPECT_EQ(call().remove("k"), "done");
  EXPECT_EQ(call().get("k"), "absent");
  EXPECT_EQ(call().etag("k"), std::nullopt);
  EXPECT_EQ(call().remove("k"), "not-found");
  EXPECT_EQ(call().put(item("k")), "created");
}

TEST_P(StoreSuite, ARemovalLooksAtTheTags) {
  const NewItem made = item("k", R"("n":1)");
  const Etag other = tag_of("k", R"("n":2)");
  EXPECT_EQ(call().remove("k", IfEtag{{made.etag}}), "not-found");
  call().put(made);
  EXPECT_EQ(call().remove("k", IfEtag{{other}}), "precondition-failed");
  EXPECT_EQ(call().remove("k", IfEtag{{}}), "precondition-failed");
  EXPECT_EQ(call().get("k"), canonical(made.json));
  EXPECT_EQ(call().remove("k", IfEtag{{other, made.etag}}), "done");
  EXPECT_EQ(call().get("k"), "absent");
}

TEST_P(StoreSuite, ARemovalTakesNoOtherItem) {
  for (const char* id : {"a", "aa", "ab", "b"}) call().put(item(id));
  call().remove("aa");
  EXPECT_EQ(call().remove("ac"), "not-found");
  EXPECT_EQ(call().all().size(), 3U);
}

TEST_P(StoreSuite, NothingBeginsAfterItsDeadline) {
  call().put(item("k"));
  EXPECT_EQ(call_too_late().get("k"), "deadline-exceeded");
  EXPECT_EQ(call_too_late().put(item("k", R"("n":1)"), Always{}), "deadline-exceeded");
  EXPECT_EQ(call_too_late().put(item("new")), "deadline-exceeded");
  EXPECT_EQ(call_too_late().put_many({item("new")}, OnConflict::replace), "deadline-exceeded");
  EXPECT_EQ(call_too_late().remove("k"), "deadline-exceeded");
  const auto page = call_too_late().scan("", 10, 1000);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::deadline_exceeded);
  EXPECT_EQ(call_too_late().ask(), "unreachable");
  EXPECT_EQ(call().all(), std::vector<std::string>{R"({"id":"k"})"});
}

TEST_P(StoreSuite, AStoreThatServesSaysSo) {
  EXPECT_EQ(call().ask(), "ok");
  call().put(item("k"));
  EXPECT_EQ(call().ask(), "ok");
}

TEST_P(StoreSuite, OfConcurrentPutsOfAFreeKeyOneSucceeds) {
  for (int round = 0; round < 25; ++round) {
    const std::string id = "k" + std::to_string(round);
    std::atomic<int> created = 0;
    std::atomic<int> refused = 0;
    on_threads([&](int number) {
      const std::string answer = call().put(item(id, "\"n\":" + std::to_string(number)));
      created += answer == "created" ? 1 : 0;
      refused += answer == "already-exists" ? 1 : 0;
    });
    EXPECT_EQ(created, 1);
    EXPECT_EQ(refused, kThreads - 1);
  }
}

TEST_P(StoreSuite, OfConcurrentRepeatsOneWritesAndAllAreAnsweredAlike) {
  for (std::uint8_t round = 0; round < 25; ++round) {
    const NewItem made = item("k" + std::to_string(round));
    std::atomic<int> first = 0;
    std::atomic<int> repeated = 0;
    on_threads([&](int) {
      const std::string answer = call().put(made, IfAbsent{}, hash(round));
      first += answer == "created" ? 1 : 0;
      repeated += answer == "created before" ? 1 : 0;
    });
    EXPECT_EQ(first, 1);
    EXPECT_EQ(repeated, kThreads - 1);
  }
}

TEST_P(StoreSuite, OfConcurrentRemovalsOneSucceeds) {
  for (int round = 0; round < 25; ++round) {
    call().put(item("k"));
    std::atomic<int> removed = 0;
    std::atomic<int> missed = 0;
    on_threads([&](int) {
      const std::string answer = call().remove("k");
      removed += answer == "done" ? 1 : 0;
      missed += answer == "not-found" ? 1 : 0;
    });
    EXPECT_EQ(removed, 1);
    EXPECT_EQ(missed, kThreads - 1);
  }
}

/// Adds one to the number in the item, however often another thread is quicker.
std::string increment(Store& store) {
  constexpr std::string_view kMembersBefore = R"({"id":"k","n":)";
  for (;;) {
    const auto found = run(store.get(key("k"), in_time()));
    if (!found || !*found) return words(found);
    const int number = std::stoi((*found)->json.substr(kMembersBefore.size()));
    const NewItem next = item("k", "\"n\":" + std::to_string(number + 1));
    const std::string answer = StoreCaller(store).put(next, IfEtag{{*(*found)->etag}});
    if (answer != "precondition-failed") return answer;
  }
}

TEST_P(StoreSuite, NoConcurrentReplacementIsLost) {
  constexpr int kIncrements = 50;
  call().put(item("k", R"("n":0)"));
  std::atomic<int> replaced = 0;
  on_threads([&](int) {
    for (int i = 0; i < kIncrements; ++i) replaced += increment(store()) == "replaced" ? 1 : 0;
  });
  EXPECT_EQ(replaced, kThreads * kIncrements);
  EXPECT_EQ(call().get("k"), item("k", "\"n\":" + std::to_string(kThreads * kIncrements)).json);
}

}  // namespace
}  // namespace picus
