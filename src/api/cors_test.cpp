#include "api/cors.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace picus {
namespace {

const std::vector<std::string> kOrigins = {"https://app.example.com", "http://localhost:3000"};

std::optional<std::string> field(const Response& response, std::string_view name) {
  std::optional<std::string> found;
  for (const Header& header : response.headers) {
    if (header.name != name) continue;
    EXPECT_FALSE(found) << name << " twice";
    found = header.value;
  }
  return found;
}

std::optional<std::string> allowed(const std::vector<HeaderView>& headers) {
  Response response;
  allow_reading(response, headers, kOrigins);
  EXPECT_EQ(field(response, "Vary"), "Origin");
  const auto origin = field(response, "Access-Control-Allow-Origin");
  EXPECT_EQ(field(response, "Access-Control-Expose-Headers").has_value(), origin.has_value());
  return origin;
}

bool preflight(Method method, const std::vector<HeaderView>& headers) {
  Request request;
  request.method = method;
  request.headers = headers;
  return is_preflight(request, kOrigins);
}

TEST(Cors, AnOriginIsWhatBrowsersSend) {
  for (const std::string_view text :
       {"https://app.example.com", "http://localhost:3000", "http://127.0.0.1:8080",
        "http://[::1]:8080", "https://xn--zrich-kva.example", "http://a.example:443",
        "https://a.example:80", "http://a", "http://a_b.example", "chrome-extension://abcdef",
        "capacitor://localhost"}) {
    EXPECT_TRUE(is_origin(text)) << text;
  }
}

TEST(Cors, ATextThatNoBrowserSendsIsNoOrigin) {
  for (const std::string_view text : {"",
                                      "*",
                                      "null",
                                      "app.example.com",
                                      "localhost:3000",
                                      "//a.example",
                                      "://a.example",
                                      "https://",
                                      "https:///",
                                      "https://a.example/",
                                      "https://a.example/app",
                                      "https://a.example?",
                                      "https://a.example#",
                                      "https://*.example.com",
                                      "https://*",
                                      "HTTPS://a.example",
                                      "https://A.example",
                                      "https://z\xC3\xBCrich.example",
                                      "https://z%C3%BCrich.example",
                                      "https://user@a.example",
                                      "http://a.example:80",
                                      "https://a.example:443",
                                      "https://a.example:",
                                      "https://a.example:080",
                                      "https://a.example:99999",
                                      "https://a.example:x",
                                      "https://[::1",
                                      "https://::1",
                                      "1http://a.example",
                                      "ht_tp://a.example",
                                      "file://",
                                      "https://a b",
                                      " https://a",
                                      "https://a.example,https://b.example"}) {
    EXPECT_FALSE(is_origin(text)) << text;
  }
}

TEST(Cors, AnAllowedOriginMayReadTheResponse) {
  EXPECT_EQ(allowed({{"Origin", "https://app.example.com"}}), "https://app.example.com");
  EXPECT_EQ(allowed({{"origin", "http://localhost:3000"}}), "http://localhost:3000");
}

TEST(Cors, AnOriginIsComparedByteByByteAndCountsOnce) {
  EXPECT_EQ(allowed({}), std::nullopt);
  for (const std::string_view origin :
       {"https://APP.example.com", "https://app.example.com:443", "https://app.example.com/",
        "http://app.example.com", "https://app.example.com.", "https://app.example.com.evil",
        "https://evil.app.example.com", "http://localhost:30000", "null", "*", ""}) {
    EXPECT_EQ(allowed({{"Origin", origin}}), std::nullopt) << origin;
  }
  const HeaderView header = {.name = "Origin", .value = kOrigins[0]};
  EXPECT_EQ(allowed({header, header}), std::nullopt);
}

TEST(Cors, AResponseThatVariesHasOneVary) {
  Response response;
  response.set("Vary", "Accept");
  allow_reading(response, {}, kOrigins);
  EXPECT_EQ(field(response, "Vary"), "Accept, Origin");
}

TEST(Cors, WithoutOriginsNothingIsAdded) {
  const std::vector<HeaderView> headers = {{"Origin", "https://app.example.com"}};
  Response response;
  allow_reading(response, headers, {});
  EXPECT_TRUE(response.headers.empty());
}

TEST(Cors, APreflightIsAnOptionsThatNamesAMethodFromAnAllowedOrigin) {
  const HeaderView origin = {.name = "Origin", .value = kOrigins[0]};
  const HeaderView method = {.name = "Access-Control-Request-Method", .value = "DELETE"};
  EXPECT_TRUE(preflight(Method::options, {origin, method}));
  EXPECT_FALSE(preflight(Method::get, {origin, method}));
  EXPECT_FALSE(preflight(Method::options, {origin}));
  EXPECT_FALSE(preflight(Method::options, {method}));
  EXPECT_FALSE(preflight(Method::options, {{"Origin", "https://evil.example"}, method}));
}

}  // namespace
}  // namespace picus
