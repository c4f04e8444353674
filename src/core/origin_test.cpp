#include "core/origin.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace picus {
namespace {

std::string outcome(const std::vector<HeaderView>& headers, bool trusted_host = false,
                    Method method = Method::get) {
  const std::vector<std::string> allowed_hosts = {"picus.example.com"};
  Request request;
  request.method = method;
  request.headers = headers;
  request.trusted_host = trusted_host;
  const auto checked = check_origin(request, allowed_hosts);
  return checked ? "served" : std::string(traits(checked.error().code()).name);
}

TEST(Origin, LocalhostAddressesAndAllowedNamesAreServed) {
  for (const char* host :
       {"localhost", "LOCALHOST:8080", "127.0.0.1:1", "10.0.3.7", "[::1]:8080", "[2001:db8::7]",
        "picus.localhost:80", "", "picus.example.com:443", "PICUS.example.com."}) {
    EXPECT_EQ(outcome({{"Host", host}}), "served") << host;
  }
  EXPECT_EQ(outcome({}), "served");
}

TEST(Origin, ARebindingHostIsRefused) {
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
                           "evillocalhost", ".localhost", "2130706433", "a.picus.example.com"}) {
    EXPECT_EQ(outcome({{"Host", host}}), "host-not-allowed") << host;
  }
}

TEST(Origin, OnlyTheSyntaxOfHostCountsWhereNoWebPageCanReach) {
  EXPECT_EQ(outcome({{"Host", "evil.example"}}, true), "served");
  EXPECT_EQ(outcome({{"Host", "localhost:abc"}}, true), "bad-request");
  EXPECT_EQ(outcome({{"Host", "[::1]evil"}}), "bad-request");
}

TEST(Origin, AForeignOrOpaqueOriginIsRefusedEverywhere) {
  for (const char* origin :
       {"http://evil.example", "http://localhost:3000", "null", "", "ftp://localhost:80"}) {
    const std::vector<HeaderView> headers = {{"Host", "localhost:80"}, {"Origin", origin}};
    EXPECT_EQ(outcome(headers), "cross-origin") << origin;
    EXPECT_EQ(outcome(headers, true), "cross-origin") << origin;
  }
  EXPECT_EQ(outcome({{"Host", "localhost:80"}, {"Origin", "http://LOCALHOST:80"}}), "served");
}

TEST(Origin, AHeaderThatOccursTwiceIsRefused) {
  EXPECT_EQ(outcome({{"Origin", "http://a"}, {"Host", "a"}, {"origin", "http://a"}}, true),
            "bad-request");
  EXPECT_EQ(outcome({{"Host", "localhost"}, {"host", "localhost"}}), "bad-request");
  EXPECT_EQ(outcome({{"Sec-Fetch-Site", "none"}, {"Sec-Fetch-Site", "none"}}), "bad-request");
}

TEST(Origin, FetchMetadataOfAnotherSiteIsRefused) {
  EXPECT_EQ(outcome({{"Host", "localhost"}, {"Sec-Fetch-Site", "cross-site"}}), "cross-origin");
  EXPECT_EQ(outcome({{"Host", "localhost"}, {"Sec-Fetch-Site", "same-site"}}), "cross-origin");
  EXPECT_EQ(outcome({{"Host", "localhost"}, {"Sec-Fetch-Site", "none"}}), "served");
  EXPECT_EQ(outcome({{"Host", "localhost"}, {"Sec-Fetch-Site", "same-origin"}}), "served");
}

TEST(Origin, AFollowedLinkIsNoAttackUnlessItWrites) {
  const std::vector<HeaderView> headers = {{"Sec-Fetch-Site", "cross-site"},
                                           {"Sec-Fetch-Mode", "navigate"}};
  EXPECT_EQ(outcome(headers, false, Method::get), "served");
  EXPECT_EQ(outcome(headers, false, Method::head), "served");
  EXPECT_EQ(outcome(headers, false, Method::post), "cross-origin");
  EXPECT_EQ(outcome(headers, false, Method::del), "cross-origin");
}

}  // namespace
}  // namespace picus
