#include "api/accept.h"

#include <gtest/gtest.h>

#include <vector>

namespace picus {
namespace {

unsigned weight_of_html(std::string_view accept, decltype(named_weight) weight = named_weight) {
  const std::vector<HeaderView> headers = {{"accept", accept}};
  Request request;
  request.headers = headers;
  return weight(request, "text/html");
}

bool accepts(std::string_view codings) {
  const std::vector<HeaderView> headers{{"Accept", "gzip"}, {"accept-ENCODING", codings}};
  return accepts_gzip(headers);
}

TEST(NamedWeight, IsThatOfTheTypeByItsName) {
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

TEST(AcceptedWeight, IsThatOfTheMostSpecificRange) {
  EXPECT_EQ(weight_of_html("*/*, text/*;q=0.2, text/html;q=0.1", accepted_weight), 100U);
  EXPECT_EQ(weight_of_html("*/*;q=0.3, TEXT/*;q=0.2", accepted_weight), 200U);
  EXPECT_EQ(weight_of_html("application/*, */*;q=0.3", accepted_weight), 300U);
  EXPECT_EQ(weight_of_html("text/html;q=0, */*", accepted_weight), 0U);
  EXPECT_EQ(weight_of_html("application/*", accepted_weight), 0U);
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
