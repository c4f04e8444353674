#include "net/client/http_url.h"

#include <gtest/gtest.h>

namespace picus::net {
namespace {

std::string url_parts(std::string_view text) {
  const auto url = HttpUrl::parse(text);
  return url ? (url->tls ? "TLS " : "") + url->origin + " " + url->host + " " + url->target
             : "none";
}

TEST(HttpUrl, HasAnOriginAHostAndATarget) {
  EXPECT_EQ(url_parts("https://a.example.com"), "TLS https://a.example.com a.example.com /");
  EXPECT_EQ(url_parts("https://a.example.com/"), "TLS https://a.example.com a.example.com /");
  EXPECT_EQ(url_parts("http://a.example.com?x=1"), "http://a.example.com a.example.com /?x=1");
  EXPECT_EQ(url_parts("https://[::1]:8443/k/j.json?x=1"),
            "TLS https://[::1]:8443 ::1 /k/j.json?x=1");
  EXPECT_EQ(url_parts("HTTPS://a.example.com/k"), "TLS HTTPS://a.example.com a.example.com /k");
  EXPECT_EQ(url_parts("http://127.0.0.1:80//@"), "http://127.0.0.1:80 127.0.0.1 //@");
}

TEST(HttpUrl, IsNothingElse) {
  for (const char* text :
       {"", "https", "https://", "https:///path", "://a.example.com/", "ftp://a.example.com/",
        "https://user@a.example.com/", "https://user:word@a.example.com/", "https://a b/",
        "https://a.example.com/#x", "https://a.example.com#x", "https://a.example.com:x/",
        "https://a.example.com:0/", "https://a.example.com/ HTTP/1.1", "https://a.example.com/\r\n",
        "https://a.example.com/\xC3\xA9", "file:///etc/passwd", " https://a.example.com/",
        "http://169.254.170.2@example.com/"}) {
    EXPECT_EQ(url_parts(text), "none") << text;
  }
  for (const char c : std::string_view("\x7F\"<>\\")) {
    EXPECT_EQ(url_parts("https://a.example.com/" + std::string(1, c)), "none") << c;
  }
}

}  // namespace
}  // namespace picus::net
