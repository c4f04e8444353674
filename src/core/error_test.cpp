#include "core/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace picus {
namespace {

std::vector<ErrorCode> every_code() {
  std::vector<ErrorCode> codes;
  for (int i = 0; i <= static_cast<int>(ErrorCode::store_full); ++i) {
    codes.push_back(static_cast<ErrorCode>(i));
  }
  return codes;
}

TEST(Error, EveryCodeHasItsOwnNameAndTitle) {
  std::set<std::string_view> names;
  std::set<std::string_view> titles;
  for (const ErrorCode code : every_code()) {
    names.insert(traits(code).name);
    titles.insert(traits(code).title);
  }
  EXPECT_EQ(names.size(), every_code().size());
  EXPECT_EQ(titles.size(), every_code().size());
}

TEST(Error, RetryAfterComesWith503AndWithNothingElse) {
  for (const ErrorCode code : every_code()) {
    EXPECT_EQ(Error(code, "").retry_after().has_value(), traits(code).status == 503)
        << traits(code).name;
  }
}

TEST(Error, MembersOfACopyAreItsOwn) {
  const Error original(ErrorCode::bulk_failed, "for the client", "for the log", "key");
  Error copy = original;
  copy.set_members(R"("failed":1)");
  EXPECT_EQ(original.members(), "");
  EXPECT_EQ(copy.members(), R"("failed":1)");
  EXPECT_EQ(copy.message(), "for the client");
  EXPECT_EQ(copy.detail(), "for the log");
  EXPECT_EQ(copy.key(), "key");
}

TEST(Error, WhatIsAnsweredWithRetryAfterIsRetryable) {
  for (const ErrorCode code : every_code()) {
    if (traits(code).status == 503) {
      EXPECT_TRUE(traits(code).retryable) << traits(code).name;
    }
  }
}

}  // namespace
}  // namespace picus
