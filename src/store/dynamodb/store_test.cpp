#include "store/dynamodb/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/run.h"
#include "json/testing/json_testing.h"
#include "store/testing/dynamodb_testing.h"
#include "store/testing/store_testing.h"

// What only a table in DynamoDB has: attributes of other programs, its own order and limits.
namespace picus {
namespace {

StoredItem get(Store& store, std::string id) {
  return run(store.get(key(std::move(id)), in_time())).value().value();
}

Result<PutOutcome> put(Store& store, NewItem item, PutCondition condition = IfAbsent{}) {
  return run(store.put(std::move(item), std::move(condition), std::nullopt, in_time()));
}

ErrorCode code(const Result<void>& result) { return result.error().code(); }

TEST(DynamoDbStore, MembersAreNativeAttributes) {
  TestTable table;
  ASSERT_TRUE(put(table.store(), item("k", R"("n":1.5,"l":[true,null],"m":{"s":"x"})")));
  const std::string stored =
      table.call("GetItem", R"(,"Key":{"id":{"S":"k"}},"ProjectionExpression":"n,l,m")");
  const auto value = json::structure(stored).at("Item");
  EXPECT_EQ(value, json::structure(R"({"n":{"N":"1.5"},"l":{"L":[{"BOOL":true},{"NULL":true}]},)"
                                   R"("m":{"M":{"s":{"S":"x"}}}})"));
}

TEST(DynamoDbStore, EveryValueComesBackEqual) {
  TestTable table;
  const NewItem made = item(
      "k", R"("n":[0.1,1.50,-12345678901234567890123456789012345678,1e-130,)"
           R"(9.9999999999999999999999999999999999999e125,0e500,100000000000000000000],)"
           R"("s":"\"\\\u0000\n\u007f é€😀","e":"","o":{"a":{"b":[[],{}]}},"t":true,"z":null)");
  ASSERT_TRUE(put(table.store(), made));
  const StoredItem back = get(table.store(), "k");
  EXPECT_EQ(json::structure(back.json), json::structure(made.json));
  EXPECT_EQ(json::decimals(json::numbers_in(back.json)),
            json::decimals(json::numbers_in(made.json)));
  EXPECT_TRUE(back.json.starts_with(R"({"id":"k",)"));
  EXPECT_EQ(back.etag, made.etag);
}

TEST(DynamoDbStore, ItemsOfOtherProgramsAreServedWithoutAnETag) {
  TestTable table;
  table.put_attributes(R"("id":{"S":"k"},"b":{"B":"AAEC"},"ns":{"NS":["1"]},"ss":{"SS":["a"]},)"
                       R"("bs":{"BS":["AA=="]},"picus:meta":{"S":"mine"})");
  const StoredItem found = get(table.store(), "k");
  EXPECT_EQ(json::structure(found.json),
            json::structure(R"({"id":"k","b":"AAEC","ns":[0],"ss":["a"],"bs":["AA=="]})"));
  EXPECT_FALSE(found.etag);
  const Etag any = item("k").etag;
  EXPECT_EQ(put(table.store(), item("k"), IfEtag{{any}}).error().code(),
            ErrorCode::precondition_failed);
  EXPECT_FALSE(put(table.store(), item("k"), IfPresent{}).value().created);
  EXPECT_EQ(get(table.store(), "k").etag, any);
}

TEST(DynamoDbStore, AKeyAttributeOfAnotherNameIsTheId) {
  TestTable table("p k");
  ASSERT_TRUE(put(table.store(), item("k", R"("n":1)")));
  EXPECT_EQ(get(table.store(), "k").json, R"({"id":"k","n":1})");
  EXPECT_EQ(put(table.store(), item("x", R"("p k":1)")).error().code(), ErrorCode::reserved_name);
  table.put_attributes(R"("p k":{"S":"other"},"id":{"N":"7"})");
  EXPECT_EQ(get(table.store(), "other").json, R"({"id":"other"})");
  const auto page = run(table.store().scan(
      {.after = "", .max_items = 1, .max_bytes = 1000, .buffer = {}}, in_time()));
  ASSERT_TRUE(page);
  ASSERT_TRUE(page->next);
  EXPECT_TRUE(run(table.store().remove(key("k"), IfPresent{}, in_time())));
}

TEST(DynamoDbStore, AConditionMayNameHundredsOfTags) {
  TestTable table;
  IfEtag condition;
  for (int i = 0; i < 250; ++i) condition.tags.push_back(item("x" + std::to_string(i)).etag);
  ASSERT_TRUE(put(table.store(), item("k")));
  EXPECT_EQ(put(table.store(), item("k"), condition).error().code(),
            ErrorCode::precondition_failed);
  condition.tags.push_back(item("k").etag);
  EXPECT_TRUE(put(table.store(), item("k", R"("n":1)"), condition));
}

TEST(DynamoDbStore, AnItemThatDynamoDbFindsTooLargeIsToldSo) {
  TestTable table;
  const std::string members = "\"x\":\"" + std::string(450'000, 'x') + '"';
  const auto outcome = put(table.store(), make_item(key("k"), members, 0).value());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::item_too_large);
}

asio::awaitable<Result<std::vector<std::string>>> read_all(Store* store, bool eventual) {
  const auto pages = store->scan_all({.page_bytes = 20'000,
                                      .separator = '\n',
                                      .page_deadline = std::chrono::seconds(30),
                                      .eventual = eventual});
  std::vector<std::string> texts;
  std::string buffer;
  for (;;) {
    auto page = co_await pages->read(std::move(buffer));
    if (!page) co_return std::unexpected(std::move(page.error()));
    std::string_view rest = page->text;
    while (!rest.empty()) {
      texts.emplace_back(rest.substr(0, rest.find('\n')));
      rest.remove_prefix(texts.back().size() + 1);
    }
    if (!page->next) co_return texts;
    buffer = std::move(page->text);
  }
}

TEST(DynamoDbStore, AListHoldsEveryItemOnceWhateverTheTablesSize) {
  for (const int count : {0, 1, 25, 255, 256, 257, 3000}) {
    TestTable table;
    std::vector<NewItem> items;
    std::set<std::string> expected;
    for (int i = 0; i < count; ++i) {
      items.push_back(item("k" + std::to_string(i), R"("x":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")"));
      expected.insert(items.back().json);
    }
    ASSERT_TRUE(run(table.store().put_many(items, OnConflict::fail, in_time())));
    for (const bool eventual : {false, true}) {
      const auto texts = run(read_all(&table.store(), eventual));
      ASSERT_TRUE(texts) << texts.error().message();
      EXPECT_EQ(texts->size(), expected.size());
      EXPECT_EQ(std::set<std::string>(texts->begin(), texts->end()), expected);
    }
  }
}

asio::awaitable<Result<void>> read_one_page(Store* store) {
  const auto pages = store->scan_all(
      {.page_bytes = 1000, .separator = '\n', .page_deadline = std::chrono::seconds(30)});
  const auto page = co_await pages->read(std::string());
  if (!page) co_return std::unexpected(page.error());
  co_return Result<void>();
}

TEST(DynamoDbStore, AListThatNobodyReadsToItsEndIsLetGo) {
  TestTable table;
  std::vector<NewItem> items;
  items.reserve(1000);
  for (int i = 0; i < 1000; ++i) items.push_back(item("k" + std::to_string(i)));
  ASSERT_TRUE(run(table.store().put_many(items, OnConflict::fail, in_time())));
  EXPECT_TRUE(run(read_one_page(&table.store())));
}

TEST(DynamoDbStore, PagesGoOnBehindItemsWhoseKeysAreNoneOfOurs) {
  TestTable table;
  std::set<std::string> expected;
  for (int i = 0; i < 10; ++i) {
    const std::string id = "line\\n" + std::to_string(i);
    table.put_attributes(R"("id":{"S":")" + id + "\"}");
    expected.insert(R"({"id":")" + id + "\"}\n");
  }
  const std::string long_id(2000, 'x');
  table.put_attributes(R"("id":{"S":")" + long_id + "\"}");
  expected.insert(R"({"id":")" + long_id + "\"}\n");
  std::set<std::string> seen;
  std::optional<std::string> after = "";
  while (after) {
    const auto page = run(table.store().scan(
        {.after = *after, .max_items = 1, .max_bytes = 10'000, .buffer = {}}, in_time()));
    ASSERT_TRUE(page) << page.error().message();
    if (page->count > 0) EXPECT_TRUE(seen.insert(page->text).second) << page->text;
    after = page->next;
  }
  EXPECT_EQ(seen, expected);
}

TEST(DynamoDbStore, ATableThatCanBeUsedPassesTheCheck) {
  TestTable table;
  EXPECT_TRUE(run(table.store().check_table(in_time())));
}

TEST(DynamoDbStore, TheCheckChangesNothingWhateverIsOffered) {
  TestTable table;
  table.put_attributes(R"("id":{"S":"picus:probe"},"n":{"N":"1"})");
  for (const Operations offered :
       {Operations{.get = false}, Operations{.get = false, .put = false, .list = false},
        Operations{.get = false, .list = false, .remove = false}}) {
    DynamoDbStore store(*table.client(), {.table = table.name(), .offered = offered},
                        table.client().log());
    EXPECT_TRUE(run(store.check_table(in_time())));
    DynamoDbStore nowhere(*table.client(), {.table = "nowhere", .offered = offered},
                          table.client().log());
    EXPECT_FALSE(run(nowhere.check_table(in_time())));
    EXPECT_EQ(get(table.store(), "picus:probe").json, R"({"id":"picus:probe","n":1})");
  }
}

TEST(DynamoDbStore, AMissingTableIsToldWithTheWayOut) {
  TestTable table;
  DynamoDbStore store(*table.client(), {.table = "nowhere"}, table.client().log());
  const auto checked = run(store.check_table(in_time()));
  ASSERT_FALSE(checked);
  EXPECT_EQ(code(checked), ErrorCode::store_unavailable);
  EXPECT_TRUE(checked.error().message().contains("no table \"nowhere\""));
  EXPECT_TRUE(checked.error().message().contains("picus table create"));
  EXPECT_EQ(run(store.get(key("k"), in_time())).error().code(), ErrorCode::store_unavailable);
}

TEST(DynamoDbStore, AnotherKeySchemaIsToldWithTheWayOut) {
  TestTable table("pk");
  DynamoDbStore other_name(*table.client(), {.table = table.name()}, table.client().log());
  const auto checked = run(other_name.check_table(in_time()));
  ASSERT_FALSE(checked);
  EXPECT_TRUE(checked.error().message().contains("--key-attribute")) << checked.error().detail();
}

TEST(DynamoDbStore, KeysOfOtherTypesAndSortKeysAreRefused) {
  TestTable table;
  const auto create = [&](const std::string& name, const std::string& schema) {
    table.client().call("CreateTable", R"({"TableName":")" + name +
                                           R"(","BillingMode":"PAY_PER_REQUEST",)" + schema + '}');
    DynamoDbStore store(*table.client(), {.table = name}, table.client().log());
    const auto checked = run(store.check_table(in_time()));
    table.client().call("DeleteTable", R"({"TableName":")" + name + "\"}");
    return checked ? std::string() : checked.error().message();
  };
  EXPECT_TRUE(create(table.name() + "-number",
                     R"("AttributeDefinitions":[{"AttributeName":"id","AttributeType":"N"}],)"
                     R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}])")
                  .contains("--key-attribute"));
  EXPECT_TRUE(create(table.name() + "-range",
                     R"("AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},)"
                     R"({"AttributeName":"s","AttributeType":"S"}],)"
                     R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"},)"
                     R"({"AttributeName":"s","KeyType":"RANGE"}])")
                  .contains("sort key"));
}

}  // namespace
}  // namespace picus
