#include "api/hint.h"

#include <gtest/gtest.h>

#include <string>

namespace picus {
namespace {

std::string meant(Method method, std::string_view path) {
  return probable_request(method, path, Router({}));
}

TEST(Hint, NamesTheOperationOfAKey) {
  EXPECT_EQ(meant(Method::get, "/picus/moon"), "GET /picus/get/moon");
  EXPECT_EQ(meant(Method::head, "/PICUS/GET/Moon/"), "GET /picus/get/Moon");
  EXPECT_EQ(meant(Method::get, "/picus/get/a/b"), "GET /picus/get/a%2Fb");
  EXPECT_EQ(meant(Method::del, "/picus/get/moon"), "DELETE /picus/moon");
  EXPECT_EQ(meant(Method::del, "/picus/"), "DELETE /picus/{key}");
  EXPECT_EQ(meant(Method::other, "/picus/moon"), "POST /picus/put");
}

TEST(Hint, IsARequestThatIsOffered) {
  const Router no_list({.list = false});
  EXPECT_EQ(probable_request(Method::get, "/picus/list/", no_list), "");
  EXPECT_EQ(probable_request(Method::get, "/picus/a/", no_list), "GET /picus/get/a");
}

TEST(Hint, IsAPathInAnotherCaseOrUnderAnotherName) {
  EXPECT_EQ(meant(Method::get, "/Readyz/Store/"), "GET /readyz/store");
  EXPECT_EQ(meant(Method::post, "/health"), "GET /livez");
  EXPECT_EQ(meant(Method::get, "/nowhere"), "");
}

TEST(Hint, RepeatsNoLongKey) {
  EXPECT_EQ(meant(Method::get, "/picus/" + std::string(500, 'k')), "GET /picus/get/{key}");
  EXPECT_EQ(meant(Method::del, "/picus/get/" + std::string(500, 'k')), "DELETE /picus/{key}");
  EXPECT_EQ(meant(Method::get, "/picus/" + std::string(41, 'k')), "GET /picus/get/{key}");
  EXPECT_EQ(meant(Method::get, "/picus/" + std::string(40, 'k')),
            "GET /picus/get/" + std::string(40, 'k'));
}

TEST(Hint, APathIsLoggedInVisibleAsciiAndWithoutKeys) {
  EXPECT_EQ(loggable_path("/a b\xff\n\x7f%0a", 64), "/a%20b%FF%0A%7F%0a");
  EXPECT_EQ(loggable_path("/12345\xff", 8), "/12345");
  EXPECT_EQ(loggable_path("/1234567890", 8), "/1234567");
  EXPECT_EQ(loggable_path("//picus/list/", 64), "//picus/list/");
  EXPECT_EQ(loggable_path("/api/Picus/GET/a/b", 64), "/api/Picus/GET/{key}/{key}");
  EXPECT_EQ(loggable_path("/picus/a/", 64), "/picus/{key}/");
  EXPECT_EQ(loggable_path("/get/a", 64), "/get/{key}");
  EXPECT_EQ(loggable_path("/x/" + std::string(40, 'a'), 64), "/x/" + std::string(40, 'a'));
  EXPECT_EQ(loggable_path("/" + std::string(41, 'a') + "/x", 64), "/{long}/x");
}

}  // namespace
}  // namespace picus
