#include "api/origin.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace picus {
namespace {

const std::vector<std::string> kAllowedHosts = {"picus.example.com"};
const std::vector<std::string> kAllowedOrigins = {"https://app.example.com"};

Result<void> check(const std::vector<HeaderView>& headers, bool trusted_host = false,
                   Method method = Method::get) {
  Request request;
  request.method = method;
  request.headers = headers;
  request.trusted_host = trusted_host;
  return check_origin(request, kAllowedHosts, kAllowedOrigins);
}

std::string outcome(const std::vector<HeaderView>& headers, bool trusted_host = false,
                    Method method = Method::get) {
  const auto checked = check(headers, trusted_host, method);
  return checked ? "served" : std::string(traits(checked.error().code()).name);
}

std::string refusal(const std::vector<HeaderView>& headers) {
  const auto checked = check(headers);
  return checked ? "" : checked.error().message();
}

TEST(Origin, LocalhostAddressesAndAllowedNamesAreServed) {
  for (const char* host :
       {"localhost", "LOCALHOST:8080", "127.0.0.1:1", "10.0.3.7", "[::1]:8080", "[2001:db8::7]",
        "picus.localhost:80", "picus.example.com:443", "PICUS.example.com."}) {
    EXPECT_EQ(outcome({{"Host", host}}), "served") << host;
  }
  EXPECT_EQ(outcome({}), "served");
}

TEST(Origin, ARebindingHostIsRefused) {
  for (const char* host :
       {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evillocalhost",
        ".localhost", "2130706433", "a.picus.example.com", ""}) {
    EXPECT_EQ(outcome({{"Host", host}}), "host-not-allowed") << host;
  }
}

TEST(Origin, OnlyTheSyntaxOfHostCountsWhereNoWebPageCanReach) {
  EXPECT_EQ(outcome({{"Host", "evil.example"}}, true), "served");
  EXPECT_EQ(outcome({{"Host", ""}}, true), "served");
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

TEST(Origin, APageOfAnAllowedOriginIsServedLikeAProgram) {
  const HeaderView origin = {.name = "Origin", .value = "https://app.example.com"};
  const HeaderView site = {.name = "Sec-Fetch-Site", .value = "cross-site"};
  for (const Method method : {Method::get, Method::post, Method::del, Method::options}) {
    EXPECT_EQ(outcome({{"Host", "localhost"}, origin, site}, false, method), "served");
    EXPECT_EQ(outcome({{"Host", "function.example"}, origin}, true, method), "served");
  }
  EXPECT_EQ(outcome({{"Host", "localhost"}, site}), "cross-origin");
  EXPECT_EQ(outcome({{"Host", "evil.example"}, origin}), "host-not-allowed");
  EXPECT_EQ(outcome({origin, origin}), "bad-request");
  for (const char* other : {"https://APP.example.com", "http://app.example.com", "null",
                            "https://app.example.com:443", "https://app.example.com.evil"}) {
    EXPECT_EQ(outcome({{"Host", "localhost"}, {"Origin", other}}), "cross-origin") << other;
  }
}

TEST(Origin, ThePortThatASchemeHasAnywayIsNoOther) {
  EXPECT_EQ(outcome({{"Host", "localhost:443"}, {"Origin", "https://localhost"}}), "served");
  EXPECT_EQ(outcome({{"Host", "[::1]:80"}, {"Origin", "http://[::1]"}}), "served");
  EXPECT_EQ(outcome({{"Host", "localhost:80"}, {"Origin", "https://localhost"}}), "cross-origin");
  EXPECT_EQ(outcome({{"Host", "localhost:8080"}, {"Origin", "http://localhost:80"}}),
            "cross-origin");
}

TEST(Origin, ARefusalNamesWhatWasSentAndTheOptionThatAllowsIt) {
  const std::string host = refusal({{"Host", "picus.internal:80"}});
  EXPECT_TRUE(host.contains("\"picus.internal\"") && host.contains("--allow-host")) << host;
  const std::string origin = refusal({{"Host", "localhost"}, {"Origin", "http://a.example"}});
  EXPECT_TRUE(origin.contains("\"http://a.example\"") && origin.contains("--cors-origin"))
      << origin;
  const std::string site = refusal({{"Sec-Fetch-Site", "cross-site"}});
  EXPECT_TRUE(site.contains("\"cross-site\"") && site.contains("--cors-origin")) << site;
  const std::string null = refusal({{"Origin", "null"}});
  EXPECT_TRUE(null.contains("\"null\"") && null.contains("--cors-origin")) << null;
}

TEST(Origin, ARefusalIsShortWhateverWasSent) {
  const std::string name(8000, 'a');
  EXPECT_LT(refusal({{"Host", name}}).size(), 400U);
  EXPECT_LT(refusal({{"Origin", name}}).size(), 500U);
  EXPECT_LT(refusal({{"Sec-Fetch-Site", name}}).size(), 400U);
  EXPECT_TRUE(refusal({{"Origin", "\"\\\xFF"}}).contains("\"\\\"\\\\\uFFFD\""));
}

TEST(Origin, AHeaderThatOccursTwiceIsRefused) {
  EXPECT_EQ(outcome({{"Origin", "http://a"}, {"Host", "a"}, {"origin", "http://a"}}, true),
            "bad-request");
  EXPECT_EQ(outcome({{"Host", "localhost"}, {"host", "localhost"}}), "bad-request");
  EXPECT_EQ(outcome({{"Sec-Fetch-Site", "none"}, {"Sec-Fetch-Site", "none"}}), "bad-request");
  EXPECT_EQ(outcome({{"Sec-Fetch-Mode", "cors"}, {"Sec-Fetch-Mode", "navigate"}}), "bad-request");
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
