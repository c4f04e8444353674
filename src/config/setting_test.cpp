#include "config/setting.h"

#include <gtest/gtest.h>

#include "api/api.h"

namespace picus {
namespace {

using namespace std::chrono_literals;

TEST(Setting, ADurationStaysWithinItsBounds) {
  std::chrono::milliseconds to{};
  const Value value = duration(to, 10ms, 1min);
  EXPECT_TRUE(value.assign("10ms"));
  EXPECT_EQ(to, 10ms);
  EXPECT_TRUE(value.assign("1m"));
  EXPECT_EQ(to, 1min);
  for (const char* text : {"9ms", "61s", "1x", ""}) {
    const auto refused = value.assign(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error(), "a duration from 10ms to 1m, as in 500ms, 75s or 2m");
  }
  EXPECT_EQ(to, 1min);
}

TEST(Setting, ASizeStaysWithinItsBounds) {
  std::size_t to = 0;
  const Value value = size(to, 1024, 1048576);
  EXPECT_TRUE(value.assign("1KiB"));
  EXPECT_TRUE(value.assign("1MiB"));
  EXPECT_EQ(to, 1048576);
  EXPECT_FALSE(value.assign("1023"));
  EXPECT_FALSE(value.assign("1048577"));
  EXPECT_EQ(value.assign("2MiB").error(), "a size from 1KiB to 1MiB, as in 4096, 16KiB or 1MiB");
  EXPECT_EQ(to, 1048576);
}

TEST(Setting, ACountStaysWithinItsBounds) {
  std::size_t to = 0;
  const Value value = count(to, 1, 100);
  EXPECT_TRUE(value.assign("100"));
  EXPECT_EQ(to, 100);
  for (const char* text : {"0", "101", "-1", "1.0", "many", ""}) EXPECT_FALSE(value.assign(text));
}

TEST(Setting, ThreadsAreANumberOrAuto) {
  unsigned to = 7;
  const Value value = threads(to, 256);
  EXPECT_TRUE(value.assign("auto"));
  EXPECT_EQ(to, 0);
  EXPECT_TRUE(value.assign("256"));
  EXPECT_EQ(to, 256);
  for (const char* text : {"0", "257", "all", ""}) EXPECT_FALSE(value.assign(text)) << text;
}

TEST(Setting, ASwitchIsOnOrOff) {
  bool to = false;
  const Value value = switched(to);
  EXPECT_TRUE(value.placeholder.empty());
  for (const char* text : {"on", "true", "yes", "1"}) {
    to = false;
    EXPECT_TRUE(value.assign(text));
    EXPECT_TRUE(to) << text;
  }
  for (const char* text : {"off", "false", "no", "0"}) {
    to = true;
    EXPECT_TRUE(value.assign(text));
    EXPECT_FALSE(to) << text;
  }
  EXPECT_EQ(value.assign("maybe").error(), "on or off");
}

TEST(Setting, AChoiceIsOneOfItsWords) {
  int to = 0;
  const Value value = choice(to, {{"one", 1}, {"two", 2}, {"three", 3}});
  EXPECT_EQ(value.placeholder, "one|two|three");
  EXPECT_TRUE(value.assign("two"));
  EXPECT_EQ(to, 2);
  EXPECT_EQ(value.assign("four").error(), "one, two or three");
  EXPECT_EQ(to, 2);
}

TEST(Setting, OperationsThatAreNotNamedAreNotOffered) {
  Operations to;
  const Value value = operations(to);
  EXPECT_TRUE(value.assign("get, delete"));
  EXPECT_TRUE(to.get && to.remove);
  EXPECT_FALSE(to.put || to.list);
  for (const char* text : {"", "get,", "read", "get put", "GET"}) {
    EXPECT_FALSE(value.assign(text)) << text;
  }
  EXPECT_FALSE(to.put);
}

TEST(Setting, AddressesAreSeparatedByCommas) {
  std::vector<std::string> to;
  const Value value = addresses(to);
  EXPECT_TRUE(value.assign("127.0.0.1:80, [::1]:0 ,unix:/run/picus.sock,localhost:1"));
  EXPECT_EQ(to, (std::vector<std::string>{"127.0.0.1:80", "[::1]:0", "unix:/run/picus.sock",
                                          "localhost:1"}));
  for (const char* text :
       {"", "127.0.0.1", "127.0.0.1:80,", "example.org:80", "127.0.0.1:65536", ":80", "unix:"}) {
    EXPECT_FALSE(value.assign(text)) << text;
  }
  EXPECT_EQ(to.size(), 4);
}

TEST(Setting, OriginsAreWrittenAsBrowsersSendThem) {
  std::vector<std::string> to;
  const Value value = origins(to);
  EXPECT_TRUE(value.assign("https://app.example.com, http://localhost:3000"));
  EXPECT_EQ(to, (std::vector<std::string>{"https://app.example.com", "http://localhost:3000"}));
  for (const char* text :
       {"", "*", "null", "https://app.example.com/", "https://a,", "a.example"}) {
    ASSERT_FALSE(value.assign(text)) << text;
    EXPECT_TRUE(value.assign(text).error().contains("https://app.example.com")) << text;
  }
  EXPECT_EQ(to.size(), 2);
}

TEST(Setting, PathsAndTextsAreNotEmpty) {
  std::filesystem::path path;
  std::string words;
  EXPECT_TRUE(directory(path).assign("./data"));
  EXPECT_EQ(path, "./data");
  EXPECT_FALSE(file(path).assign(""));
  EXPECT_TRUE(text(words, "URL").assign("http://[::1]:80"));
  EXPECT_FALSE(text(words, "URL").assign(""));
}

TEST(Setting, FlagAndVariableAreMadeOfTheName) {
  bool to = false;
  Setting setting{.name = "insecure-no-auth", .value = switched(to), .help = ""};
  EXPECT_EQ(setting.flag(), "--insecure-no-auth");
  EXPECT_EQ(setting.variable(), "PICUS_INSECURE_NO_AUTH");
  setting.scope = Scope::flag;
  EXPECT_EQ(setting.variable(), "");
}

}  // namespace
}  // namespace picus
