#include "api/web_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "api/testing/gzip.h"

namespace picus {
namespace {

const std::string kTag = "JKM60hezxlqLerLCayoGiA";

class WebFilesTest : public testing::Test {
 protected:
  Result<Response> get(std::string_view path, std::vector<HeaderView> headers = {}) {
    const std::vector<WebFile> files = {
        {.path = "/", .type = "text/html", .gzip = docs_, .tag = kTag},
        {.path = "/docs", .type = "text/html", .gzip = docs_, .tag = kTag},
        {.path = "/ui/a.1.js", .type = "text/javascript", .gzip = docs_, .tag = kTag}};
    Request request;
    request.method = Method::get;
    request.target = path;
    request.headers = headers;
    return web_file_response(request, files, path);
  }
  static std::string header(const Response& response, std::string_view name) {
    const auto found = std::ranges::find(response.headers, name, &Header::name);
    return found == response.headers.end() ? "" : found->value;
  }

  std::string docs_ = gzip(std::string(100'000, 'x'));
};

TEST_F(WebFilesTest, APageIsServedAsItsText) {
  const auto response = get("/docs");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200U);
  EXPECT_EQ(std::get<std::string>(response->body), std::string(100'000, 'x'));
  EXPECT_EQ(header(*response, "Content-Type"), "text/html");
  EXPECT_EQ(header(*response, "Cache-Control"), "no-cache");
  EXPECT_TRUE(header(*response, "Content-Security-Policy").starts_with("default-src 'none';"));
}

TEST_F(WebFilesTest, WhoAcceptsGzipGetsTheBytesThatAreCompiledIn) {
  for (const std::string_view path : {"/", "/docs", "/ui/a.1.js"}) {
    const auto packed = get(path, {{"Accept-Encoding", "gzip, br"}});
    ASSERT_TRUE(packed);
    EXPECT_EQ(std::get<std::string>(packed->body), docs_);
    EXPECT_EQ(header(*packed, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(*packed, "Vary"), "Accept-Encoding");
    const auto plain = get(path, {{"Accept-Encoding", "gzip;q=0"}});
    ASSERT_TRUE(plain);
    EXPECT_EQ(std::get<std::string>(plain->body).size(), 100'000U);
    EXPECT_EQ(header(*plain, "Content-Encoding"), "");
    EXPECT_EQ(header(*plain, "Vary"), "Accept-Encoding");
    EXPECT_EQ(header(*plain, "ETag"), header(*packed, "ETag"));
  }
}

TEST_F(WebFilesTest, AFileWithTheHashOfItsContentInItsNameMayBeKept) {
  const auto response = get("/ui/a.1.js");
  ASSERT_TRUE(response);
  EXPECT_EQ(header(*response, "Cache-Control"), "public, max-age=31536000, immutable");
}

TEST_F(WebFilesTest, AKnownTagGets304) {
  for (const std::string_view path : {"/", "/docs", "/ui/a.1.js"}) {
    const auto response =
        get(path, {{"If-None-Match", '"' + kTag + '"'}, {"Accept-Encoding", "gzip"}});
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 304U);
    EXPECT_TRUE(response->without_body);
    EXPECT_EQ(header(*response, "ETag"), '"' + kTag + '"');
    EXPECT_EQ(header(*response, "Vary"), "Accept-Encoding");
    EXPECT_EQ(header(*response, "Content-Encoding"), "");
  }
}

TEST_F(WebFilesTest, AnotherNameIsNotFound) {
  const auto response = get("/ui/a.2.js");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::not_found);
}

TEST(WebFiles, EveryOneThatIsCompiledInCanBeServed) {
  EXPECT_GE(web_files().size(), 2U);
  for (const WebFile& file : web_files()) {
    Request request;
    request.target = file.path;
    const auto response = web_file_response(request, web_files(), file.path);
    ASSERT_TRUE(response) << file.path;
    EXPECT_FALSE(std::get<std::string>(response->body).empty()) << file.path;
  }
}

bool html_is_preferred(std::string_view accept) {
  const std::vector<HeaderView> headers = {{"Accept", accept}};
  Request request;
  request.headers = headers;
  return prefers_html(request);
}

TEST(WebFiles, HtmlIsPreferredOnlyWhereItIsNamedAndWeighsMoreThanJson) {
  EXPECT_TRUE(html_is_preferred("text/html,application/xhtml+xml,*/*;q=0.8"));
  EXPECT_TRUE(html_is_preferred("application/json;q=0.5, text/html;q=0.6"));
  EXPECT_FALSE(html_is_preferred("*/*"));
  EXPECT_FALSE(html_is_preferred(""));
  EXPECT_TRUE(html_is_preferred("text/html, */*"));
  EXPECT_FALSE(html_is_preferred("text/html;q=0.5, */*"));
  EXPECT_FALSE(html_is_preferred("application/json, text/html"));
  EXPECT_FALSE(html_is_preferred("text/html;q=0"));
}

}  // namespace
}  // namespace picus
