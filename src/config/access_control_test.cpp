#include "config/access_control.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "core/testing/recorded_log.h"
#include "core/testing/temporary_directory.h"

namespace picus {
namespace {

/// A configuration whose issuer has its keys in a file.
constexpr const char* kWithKeys =
    R"({"issuers":[{"issuer":"https://a.example.com","audience":["b"],"keys":"keys.json"}]})";
constexpr const char* kNoKeys = R"({"keys":[]})";

class AccessControlTest : public ::testing::Test {
 protected:
  /// In one step, as another file.
  void put(const std::string& name, const std::string& text) {
    std::ofstream(directory_.path() / "new", std::ios::binary) << text;
    std::filesystem::rename(directory_.path() / "new", directory_.path() / name);
  }
  std::expected<std::unique_ptr<AccessControl>, std::string> open() {
    return AccessControl::open({.file = directory_.path() / "access.json", .text = {}}, {}, log_);
  }
  /// Looks several times, and returns how often the event is in the log by then.
  std::size_t logged(AccessControl& access, std::string_view event) {
    for (int i = 0; i < 3; ++i) access.look();
    return log_.count(event);
  }

  TemporaryDirectory directory_;
  RecordedLog log_;
};

TEST_F(AccessControlTest, AFileOfKeysThatTheNewConfigurationNamesIsFollowed) {
  put("access.json", "{}");
  const auto access = open();
  ASSERT_TRUE(access) << access.error();
  EXPECT_EQ(logged(**access, "access-reloaded"), 0U);
  put("keys.json", kNoKeys);
  EXPECT_EQ(logged(**access, "access-reloaded"), 0U);
  put("access.json", kWithKeys);
  EXPECT_EQ(logged(**access, "access-reloaded"), 1U);
  put("keys.json", kNoKeys);
  EXPECT_EQ(logged(**access, "access-reloaded"), 2U);
}

TEST_F(AccessControlTest, AFaultIsLoggedOnceAndAgainAfterAChange) {
  put("access.json", "{}");
  const auto access = open();
  ASSERT_TRUE(access) << access.error();
  put("access.json", kWithKeys);
  EXPECT_EQ(logged(**access, "keys.json: No such file"), 1U);
  put("access.json", kWithKeys);
  EXPECT_EQ(logged(**access, "keys.json: No such file"), 2U);
  put("keys.json", "{}");
  EXPECT_EQ(logged(**access, "keys.json: not an object with keys"), 1U);
  EXPECT_EQ(log_.count("access-not-reloaded"), 3U);
  put("keys.json", kNoKeys);
  EXPECT_EQ(logged(**access, "access-reloaded"), 1U);
}

TEST_F(AccessControlTest, AFileWithoutKeysIsNamedAtTheStart) {
  put("access.json", kWithKeys);
  put("keys.json", "{}");
  EXPECT_TRUE(open().error().contains("issuers[0].keys: " + directory_.path().string() +
                                      "/keys.json: not an object with keys"));
}

}  // namespace
}  // namespace picus
