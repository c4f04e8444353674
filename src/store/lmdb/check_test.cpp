#include "store/lmdb/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/run.h"
#include "store/lmdb/directory.h"
#include "store/lmdb/record.h"
#include "store/lmdb/store.h"
#include "store/testing/raw_lmdb.h"
#include "store/testing/store_testing.h"

namespace picus {
namespace {

/// A record as a store would write it, with this text under its true tag.
std::string record_of(std::string_view key, std::string_view json,
                      Layout layout = Layout::with_checksum) {
  const Record record{.etag = Etag::of(json),
                      .created_ms = 1,
                      .updated_ms = 2,
                      .created_by_last_put = true,
                      .idempotency = std::nullopt,
                      .json = json};
  std::string bytes(record_bytes(record, layout), '\0');
  write_record(key, record, layout, std::span(bytes));
  return bytes;
}

class LmdbCheck : public testing::Test {
 protected:
  void SetUp() override {
    const auto store = LmdbStore::open({.directory = directory_.path()}, log_).value();
    StoreCaller call(*store);
    call.put(good_);
    call.put(large_item("large", 50'000), IfAbsent{}, hash(1));
  }

  void put(std::string_view key, std::string_view value) {
    RawLmdb(directory_.path()).put(key, value);
  }

  CheckReport checked() { return check(directory_.path(), log_).value(); }

  /// The one thing that is wrong.
  void expect_problem(std::string_view key, std::string_view what) {
    const CheckReport report = checked();
    EXPECT_EQ(report.problem_count, 1U);
    EXPECT_EQ(report.items, 3U);
    ASSERT_EQ(report.problems.size(), 1U);
    EXPECT_EQ(report.problems[0].key, key);
    EXPECT_TRUE(report.problems[0].what.contains(what)) << report.problems[0].what;
  }

  TemporaryDirectory directory_;
  RecordedLog log_;
  NewItem good_ = item("good", R"("n":1.50)");
};

TEST_F(LmdbCheck, AWholeStoreHasItemsAndBytesAndNoProblem) {
  const CheckReport report = checked();
  EXPECT_EQ(report.items, 2U);
  EXPECT_EQ(report.json_bytes, good_.json.size() + large_item("large", 50'000).json.size());
  EXPECT_EQ(report.problem_count, 0U);
  EXPECT_TRUE(report.problems.empty());
}

TEST_F(LmdbCheck, TheRecordsOfThisTestAreTheStores) {
  put("x", record_of("x", item("x").json));
  EXPECT_EQ(checked().problem_count, 0U);
  EXPECT_EQ(checked().items, 3U);
}

TEST_F(LmdbCheck, AnInvalidKeyIsFound) {
  put("a\nb", record_of("a\nb", R"({"id":"a\nb"})"));
  expect_problem("a\nb", "The key is not valid");
}

TEST_F(LmdbCheck, AKeyThatIsNotUtf8IsFound) {
  put("\xff", record_of("\xff", R"({"id":"x"})"));
  expect_problem("\xff", "The key is not valid");
}

TEST_F(LmdbCheck, ADamagedHeaderIsFound) {
  std::string record = record_of("x", item("x").json);
  record[0] = 9;
  put("x", record);
  expect_problem("x", "header of the record is damaged or has an unknown layout");
}

TEST_F(LmdbCheck, ARecordThatIsTooShortIsFound) {
  put("x", "?");
  expect_problem("x", "header of the record is damaged");
}

TEST_F(LmdbCheck, ATagThatIsNotTheTextsIsFound) {
  std::string record = record_of("x", item("x", R"("n":1)").json, Layout::without_checksum);
  record[record.size() - 2] = '2';
  put("x", record);
  expect_problem("x", "The record is damaged");
}

TEST_F(LmdbCheck, AnAlteredRecordIsFound) {
  std::string record = record_of("x", item("x", R"("n":1)").json);
  record[record.size() - 2] = '2';
  put("x", record);
  expect_problem("x", "The record is damaged");
  put("x", record_of("y", item("x").json));
  expect_problem("x", "The record is damaged");
}

TEST_F(LmdbCheck, ATextThatIsNotJsonIsFound) {
  put("x", record_of("x", R"({"id":"x",})"));
  expect_problem("x", "The text is not an item");
}

TEST_F(LmdbCheck, ATextThatIsNotAnObjectIsFound) {
  put("x", record_of("x", "[1]"));
  expect_problem("x", "The text is not an item");
}

TEST_F(LmdbCheck, AnotherItemsTextIsFound) {
  put("x", record_of("x", item("y").json));
  expect_problem("x", "The id in the text differs from the key");
}

TEST_F(LmdbCheck, ATextWithoutIdIsFound) {
  put("x", record_of("x", R"({"n":1})"));
  expect_problem("x", "");
}

TEST_F(LmdbCheck, OnlyTheFirstProblemsAreNamedAndAllAreCounted) {
  constexpr std::size_t kDamaged = CheckReport::kMaxProblems + 20;
  {
    RawLmdb raw(directory_.path());
    for (std::size_t i = 0; i < kDamaged; ++i) raw.put("x" + std::to_string(1000 + i), "?");
  }
  const CheckReport report = checked();
  EXPECT_EQ(report.items, 2 + kDamaged);
  EXPECT_EQ(report.problem_count, kDamaged);
  ASSERT_EQ(report.problems.size(), CheckReport::kMaxProblems);
  EXPECT_EQ(report.problems.front().key, "x1000");
  EXPECT_TRUE(std::ranges::is_sorted(report.problems, {}, &CheckProblem::key));
}

constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kFlagsAt = 10;
constexpr char kLeaf = 2;

/// Lets `damage(page)` change each page that holds items, old states' too.
template <typename Damage>
void damage_pages(const std::filesystem::path& file, Damage damage) {
  std::fstream pages(file, std::ios::in | std::ios::out | std::ios::binary);
  std::string page(kPageBytes, '\0');
  for (std::size_t at = 0; pages.read(page.data(), kPageBytes); at += kPageBytes) {
    if (page[kFlagsAt] == kLeaf) damage(page);
    pages.seekp(static_cast<std::streamoff>(at)).write(page.data(), kPageBytes);
    pages.seekg(static_cast<std::streamoff>(at + kPageBytes));
  }
}

TEST_F(LmdbCheck, ABrokenTreeIsAProblemOfTheKeyBeforeIt) {
  {
    RawLmdb raw(directory_.path());
    for (int i = 0; i < 200; ++i) {
      const std::string key = "x" + std::to_string(i);
      raw.put(key, record_of(key, item(key).json));
    }
  }
  EXPECT_EQ(checked().problem_count, 0U);
  damage_pages(items_file(directory_.path()), [](std::string& page) {
    // All but the first, where the format mark is.
    if (!page.contains("format")) page[kFlagsAt] = 0;
  });
  const CheckReport report = checked();
  ASSERT_EQ(report.problem_count, 1U);
  EXPECT_TRUE(report.problems[0].what.starts_with("After this key the tree is damaged"));
  EXPECT_FALSE(report.problems[0].key.empty());
  const auto store = LmdbStore::open({.directory = directory_.path()}, log_).value();
  StoreCaller call(*store);
  EXPECT_EQ(call.get("x5"), "store-damaged");
  EXPECT_EQ(call.put(item("x50")), "store-damaged");
  EXPECT_EQ(call.put_many({item("x5"), item("x50")}, OnConflict::fail),
            "store-damaged store-damaged");
  // Of a page, which no key names.
  EXPECT_EQ(log_.count("store-damaged"), 3U);
  EXPECT_EQ(log_.count("key="), 0U);
}

TEST_F(LmdbCheck, AnItemWhosePagesAreNotThereIsAProblem) {
  damage_pages(items_file(directory_.path()), [](std::string& page) {
    // Behind the key of an item that has pages of its own stands the number of the first.
    const std::string key = "large";
    const std::size_t at = page.find(key);
    if (at != std::string::npos) page.replace(at + key.size(), 8, 8, '\x7f');
  });
  const CheckReport report = checked();
  ASSERT_EQ(report.problem_count, 1U);
  EXPECT_EQ(report.problems[0].key, "good");
  const auto store = LmdbStore::open({.directory = directory_.path()}, log_).value();
  EXPECT_EQ(StoreCaller(*store).get("large"), "store-damaged");
  EXPECT_EQ(StoreCaller(*store).get("good"), canonical(good_.json));
}

TEST_F(LmdbCheck, KeysThatDoNotAscendAreFoundAndEndTheCheckAndAScan) {
  put("xa", record_of("xa", item("xa").json));
  put("xb", record_of("xb", item("xb").json));
  damage_pages(items_file(directory_.path()), [](std::string& page) {
    for (std::size_t at = 0; (at = page.find("xa", at)) != std::string::npos; ++at) page[at] = 'y';
  });
  const CheckReport report = checked();
  EXPECT_GE(report.problem_count, 2U);
  EXPECT_TRUE(std::ranges::any_of(report.problems, [](const CheckProblem& problem) {
    return problem.what.contains("the keys do not ascend");
  }));
  const auto store = LmdbStore::open({.directory = directory_.path()}, log_).value();
  for (const bool skip : {false, true}) {
    const auto page = run(store->scan({.after = "",
                                       .max_items = 1000,
                                       .max_bytes = 1'000'000,
                                       .buffer = {},
                                       .skip_damaged = skip},
                                      in_time()));
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code(), ErrorCode::store_damaged);
  }
}

TEST_F(LmdbCheck, ProgressNamesTheLastItem) {
  CheckProgress progress;
  ASSERT_TRUE(check(directory_.path(), log_, progress));
  EXPECT_EQ(progress.items, 2U);
  EXPECT_EQ(progress.last_key(), "large");
}

TEST_F(LmdbCheck, AnAbsentStoreIsRefused) {
  TemporaryDirectory empty;
  const auto report = check(empty.path(), log_);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), ErrorCode::store_unavailable);
  EXPECT_TRUE(std::filesystem::is_empty(empty.path()));
}

}  // namespace
}  // namespace picus
