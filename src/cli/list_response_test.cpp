#include "cli/list_response.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace picus::cli {
namespace {

TEST(ListResponse, TheNextPageIsTheTargetOfALinkOfThatRelation) {
  EXPECT_EQ(next_of(R"(</picus/list?limit=1&cursor=c>; rel="next")"),
            "/picus/list?limit=1&cursor=c");
  EXPECT_EQ(next_of(R"(</picus/list>; rel="prev")"), "");
  EXPECT_EQ(next_of(R"(/picus/list; rel="next")"), "");
  EXPECT_EQ(next_of(""), "");
}

/// Whether each line of the list is whole, however it arrives in pieces.
bool is_list(std::string_view text) {
  ItemLines whole;
  const bool taken = whole.take(text) && whole.is_whole();
  ItemLines bytewise;
  bool taken_bytewise = true;
  for (const char byte : text) taken_bytewise = taken_bytewise && bytewise.take({&byte, 1});
  EXPECT_EQ(taken_bytewise && bytewise.is_whole(), taken) << text;
  return taken;
}

TEST(ListResponse, AListHasAWholeLineForEachItem) {
  EXPECT_TRUE(is_list(""));
  EXPECT_TRUE(is_list("{\"id\":\"a\"}\n"));
  EXPECT_TRUE(is_list("{\"id\":\"a\"}\n{\"id\":\"b\",\"v\":{}}\n"));
  for (const char* text :
       {"{\"id\":\"a\"}", "{\"id\":\"a\"}\n{\"id\":\"b\"", "{\"id\":\"a\"}\n{", "\n", "[]\n", "1\n",
        "{\"id\":\"a\"}\n\n", "{\"id\":\"a\n", "<html>", "\x1f\x8b\x08\n"}) {
    EXPECT_FALSE(is_list(text)) << text;
  }
}

}  // namespace
}  // namespace picus::cli
