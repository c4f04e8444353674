#include "cli/list_response.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace picus::cli {
namespace {

/// The next page after a response with these `Link` headers, among others.
std::string next_after(const std::vector<std::string>& links) {
  net::ResponseHead response{.status = 200, .headers = {{"etag", R"(<e>; rel="next")"}}};
  for (const std::string& link : links) response.headers.emplace_back("link", link);
  return next_of(response);
}

TEST(ListResponse, TheNextPageIsTheTargetOfALinkOfThatRelation) {
  EXPECT_EQ(next_after({R"(</picus/list?limit=1&cursor=c>; rel="next")"}),
            "/picus/list?limit=1&cursor=c");
  for (const char* link :
       {"</n>;rel=next", R"(</n>; Rel = "NEXT")", R"(</n>; rel="last  next")", "</n>; a; rel=Next",
        R"(</n>; title="a, <b>; \"rel=x"; rel=next)", R"(</n>; title="rel=x" ; rel=next ;)",
        R"(</n>; rel="next"; rel="prev")"}) {
    EXPECT_EQ(next_after({link}), "/n") << link;
  }
  EXPECT_EQ(next_after({R"(</n,1;2>; rel="next")"}), "/n,1;2");
}

TEST(ListResponse, OtherLinksBesideThatToTheNextPageAreSkipped) {
  const std::string next = "</n>; rel=next";
  const std::string style = R"(</a,b.css>; rel=preload; as="style, <x>")";
  EXPECT_EQ(next_after({style, next}), "/n");
  EXPECT_EQ(next_after({next, style}), "/n");
  EXPECT_EQ(next_after({style + ", " + next}), "/n");
  EXPECT_EQ(next_after({next + "," + style}), "/n");
  EXPECT_EQ(next_after({", ," + style + " ,," + next}), "/n");
  EXPECT_EQ(next_after({"</other>, " + next}), "/n");
  EXPECT_EQ(next_after({"other; rel=next, " + next}), "/n");
}

TEST(ListResponse, WhereNoLinkHasThatRelationThereIsNoNextPage) {
  EXPECT_EQ(next_after({}), "");
  for (const char* link :
       {"", ",", "</n>", "<", "</n", "</n; rel=next", "</n>; rel", "</n>; rel=", R"(</n>; rel=")",
        R"(</n>; rel="prev")", "/n; rel=next", "</n>; rel=nextly", R"(</n>; rel="x-next next-x")",
        R"(</n>; title="x; rel=next")", "</n>; rel=prev; rel=next", "</n>; xrel=next",
        R"(</n>; rel=next; anchor="/other")"}) {
    EXPECT_EQ(next_after({link}), "") << link;
  }
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
