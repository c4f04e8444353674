#include "api/routes.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picus {
namespace {

TEST(Routes, ASegmentIsNotEmptyAndHasNoSlash) {
  const Router router({});
  EXPECT_EQ(router.find(Method::get, "/picus/get/a%2Fb").segment, "a%2Fb");
  for (const std::string_view path :
       {"/picus/get/", "/picus/get/a/b", "/picus/get/a/", "/livez/"}) {
    EXPECT_EQ(router.find(Method::get, path).route, nullptr) << path;
    EXPECT_FALSE(router.pattern_of(path)) << path;
  }
}

TEST(Routes, AMethodChoosesAmongTheRoutesOfAPath) {
  const Router router({});
  EXPECT_EQ(router.find(Method::head, "/picus/list").route->operation, Operation::list);
  const Router::Match removed = router.find(Method::del, "/picus/list");
  EXPECT_EQ(removed.route->pattern, "/picus/{key}");
  EXPECT_EQ(removed.segment, "list");
  EXPECT_EQ(router.find(Method::post, "/picus/list").route, nullptr);
  EXPECT_EQ(router.pattern_of("/picus/list"), "/picus/list");
}

TEST(Routes, AnOperationThatIsNotOfferedHasNone) {
  const Router router({.get = false, .remove = false});
  EXPECT_EQ(router.find(Method::get, "/picus/get/a").route, nullptr);
  EXPECT_FALSE(router.pattern_of("/picus/get/a"));
  EXPECT_EQ(router.allow("/picus/list"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(router.allow("*"), "GET, HEAD, POST, OPTIONS");
}

TEST(Routes, AnAdminListenerOffersHealthAndMetricsAlone) {
  const Router clients({});
  const Router admin({}, Purpose::admin);
  EXPECT_EQ(clients.find(Method::get, "/metrics").route, nullptr);
  EXPECT_EQ(admin.find(Method::head, "/metrics").route->operation, Operation::metrics);
  for (const std::string_view path : {"/livez", "/readyz"}) {
    EXPECT_NE(clients.find(Method::get, path).route, nullptr) << path;
    EXPECT_NE(admin.find(Method::get, path).route, nullptr) << path;
  }
  for (const std::string_view path :
       {"/", "/openapi.json", "/readyz/store", "/picus/list", "/picus/get/a"}) {
    EXPECT_NE(clients.find(Method::get, path).route, nullptr) << path;
    EXPECT_FALSE(admin.pattern_of(path)) << path;
  }
  EXPECT_FALSE(admin.pattern_of("/picus/put"));
  EXPECT_EQ(admin.allow("*"), "GET, HEAD, OPTIONS");
}

TEST(Routes, TheFirstRowOfAnOperationHasTheKeyInItsPath) {
  EXPECT_EQ(route_of(Operation::get).prefix, "/picus/get/");
  EXPECT_EQ(route_of(Operation::remove).prefix, "/picus/");
}

}  // namespace
}  // namespace picus
