#include "issuers/https_url.h"

#include <gtest/gtest.h>

namespace picus::issuers {
namespace {

std::string parts(std::string_view text) {
  const auto url = HttpsUrl::parse(text);
  return url ? url->origin + " " + url->target : "none";
}

TEST(HttpsUrl, HasAnOriginAndATarget) {
  EXPECT_EQ(parts("https://a.example.com"), "https://a.example.com /");
  EXPECT_EQ(parts("https://a.example.com/"), "https://a.example.com /");
  EXPECT_EQ(parts("https://a.example.com?x=1"), "https://a.example.com /?x=1");
  EXPECT_EQ(parts("https://[::1]:8443/k/j.json?x=1"), "https://[::1]:8443 /k/j.json?x=1");
}

TEST(HttpsUrl, IsNothingElse) {
  for (const char* text :
       {"", "https", "https://", "https:///path", "http://a.example.com/", "HTTPS://a.example.com/",
        "https://user@a.example.com/", "https://user:word@a.example.com/", "https://a b/",
        "https://a.example.com/#x", "https://a.example.com#x", "https://a.example.com:x/",
        "https://a.example.com:0/", "https://a.example.com/ HTTP/1.1", "https://a.example.com/\r\n",
        "https://a.example.com/\xC3\xA9", "file:///etc/passwd", " https://a.example.com/"}) {
    EXPECT_EQ(parts(text), "none") << text;
  }
}

}  // namespace
}  // namespace picus::issuers
