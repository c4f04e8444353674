#include "core/origin.h"

#include <gtest/gtest.h>

#include <vector>

namespace picus {
namespace {

bool allowed(const std::vector<HeaderView>& headers, bool loopback_only = true,
             bool trusted_host = false) {
  Request request;
  request.headers = headers;
  request.trusted_host = trusted_host;
  return check_origin(request, loopback_only).has_value();
}

TEST(Origin, NamesOfThisMachineAreServed) {
  for (const char* host : {"localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.1.2.3", "[::1]:8080",
                           "picus.localhost:80"}) {
    EXPECT_TRUE(allowed({{"Host", host}})) << host;
  }
  EXPECT_TRUE(allowed({}));
}

TEST(Origin, ARebindingHostIsRefused) {
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
                           "evillocalhost", "[::2]", "10.0.0.1", ".localhost"}) {
    EXPECT_FALSE(allowed({{"Host", host}})) << host;
  }
}

TEST(Origin, AnyHostIsServedOverAUnixSocketOrWhereTheServerIsOpen) {
  EXPECT_TRUE(allowed({{"Host", "picus.example"}}, true, true));
  EXPECT_TRUE(allowed({{"Host", "picus.example"}}, false));
}

TEST(Origin, AForeignOrOpaqueOriginIsRefusedEverywhere) {
  for (const char* origin :
       {"http://evil.example", "http://localhost:3000", "null", "", "ftp://localhost:80"}) {
    EXPECT_FALSE(allowed({{"Host", "localhost:80"}, {"Origin", origin}})) << origin;
    EXPECT_FALSE(allowed({{"Host", "localhost:80"}, {"Origin", origin}}, false, true)) << origin;
  }
  EXPECT_TRUE(allowed({{"Host", "localhost:80"}, {"Origin", "http://LOCALHOST:80"}}));
}

TEST(Origin, FetchMetadataOfAnotherSiteIsRefused) {
  EXPECT_FALSE(allowed({{"Host", "localhost"}, {"Sec-Fetch-Site", "cross-site"}}));
  EXPECT_FALSE(allowed({{"Host", "localhost"}, {"Sec-Fetch-Site", "same-site"}}));
  EXPECT_TRUE(allowed({{"Host", "localhost"}, {"Sec-Fetch-Site", "none"}}));
  EXPECT_TRUE(allowed({{"Host", "localhost"}, {"Sec-Fetch-Site", "same-origin"}}));
}

}  // namespace
}  // namespace picus
