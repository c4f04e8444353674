#include "api/accept.h"

#include <gtest/gtest.h>

#include <vector>

namespace picus {
namespace {

unsigned weight_of_html(std::string_view accept) {
  const std::vector<HeaderView> headers = {{"accept", accept}};
  Request request;
  request.headers = headers;
  return accepted_weight(request, "text/html");
}

bool accepts(std::string_view codings) {
  const std::vector<HeaderView> headers{{"Accept", "gzip"}, {"accept-ENCODING", codings}};
  return accepts_gzip(headers);
}

TEST(AcceptedWeight, IsThatOfTheTypeByItsName) {
  EXPECT_EQ(weight_of_html("application/json, Text/HTML"), 1000U);
  EXPECT_EQ(weight_of_html("text/html;level=1;q=0.25"), 250U);
  EXPECT_EQ(weight_of_html("text/html ; Q=0.5, */*"), 500U);
  EXPECT_EQ(weight_of_html("text/html;q=1.000"), 1000U);
  EXPECT_EQ(weight_of_html(R"(a/b;x="text/html, ;q=0", text/html)"), 1000U);
  EXPECT_EQ(weight_of_html(R"(a/b;x="\",", text/html;x=";q=0";q=0.3)"), 300U);
  EXPECT_EQ(weight_of_html(R"(a/b;x=", text/html")"), 0U);
  for (const auto* value : {"", "*/*", "text/*", "text/html;q=0", "text/html;q=", "text/html;q=x",
                            "text/html;q=1.5", "text/html;q=0.5x"}) {
    EXPECT_EQ(weight_of_html(value), 0U) << value;
  }
}

TEST(AcceptsGzip, FollowsTheWeightsOfTheClient) {
  for (const auto* value : {"gzip", "GZip", "x-gzip", "deflate, gzip", "deflate,gzip;q=0.5",
                            "gzip;q=1.000", "*", "gzip ; q=0.001", "br;q=1.0, *;q=0.1", " ,, gzip",
                            "gzip;q=0.5, identity;q=0.5", "identity;q=0, gzip;q=0.1"}) {
    EXPECT_TRUE(accepts(value)) << value;
  }
  for (const auto* value : {"", "identity", "deflate, br", "gzip;q=0", "gzip;q=0.000",
                            "gzip;q=0, *", "*;q=0", "gzipped", "gzip;q=x", "gzip;q=2", "gzip;q=-1",
                            "gzip;q=", "gzip;level=1", "gzip;q=nan", "gzip;q=0.5, identity"}) {
    EXPECT_FALSE(accepts(value)) << value;
  }
}

TEST(AcceptsGzip, TakesSeveralHeadersAsOneList) {
  const std::vector<HeaderView> headers{{"Accept-Encoding", "br"}, {"Accept-Encoding", "gzip"}};
  EXPECT_TRUE(accepts_gzip(headers));
  EXPECT_FALSE(accepts_gzip({}));
}

}  // namespace
}  // namespace picus
