#include "net/client/server_url.h"

#include <gtest/gtest.h>

#include <string>

namespace picus::net {
namespace {

/// `tls host port authority`, or nothing.
std::string parts(const std::string& url) {
  const auto server = ServerUrl::parse(url);
  if (!server) return {};
  return (server->tls ? "tls " : "plain ") + server->host + " " + std::to_string(server->port) +
         " " + server->authority;
}

TEST(ServerUrl, SchemesHaveTheirPorts) {
  EXPECT_EQ(parts("http://a.example"), "plain a.example 80 a.example");
  EXPECT_EQ(parts("https://a.example"), "tls a.example 443 a.example");
  EXPECT_EQ(parts("HTTPS://a.example"), "tls a.example 443 a.example");
  EXPECT_EQ(parts("Http://a.example"), "plain a.example 80 a.example");
}

TEST(ServerUrl, APortThatWasGivenIsInTheAuthority) {
  EXPECT_EQ(parts("http://127.0.0.1:8000"), "plain 127.0.0.1 8000 127.0.0.1:8000");
  EXPECT_EQ(parts("https://[::1]:8443/"), "tls ::1 8443 [::1]:8443");
  EXPECT_EQ(parts("https://[::1]"), "tls ::1 443 [::1]");
}

TEST(ServerUrl, WhatNamesNoServerIsRefused) {
  for (const std::string url :
       {"", "http://", "https:///", "a.example", "ftp://a.example", "http://a.example/path",
        "http://a.example:", "http://a.example:0", "http://a.example:65536", "http://a.example:x",
        "http://user@a.example", "http://a b", "http://[::1", "http://[::1]x", "http://[a]",
        "http://::1"}) {
    EXPECT_EQ(parts(url), "") << url;
  }
}

TEST(ServerUrl, OnlyAddressesAndLocalhostAreLiteral) {
  const auto literal = [](const std::string& url) {
    return ServerUrl::parse(url)->literal_address().value_or("none");
  };
  EXPECT_EQ(literal("http://127.0.0.1"), "127.0.0.1:80");
  EXPECT_EQ(literal("http://[::1]:8000"), "[::1]:8000");
  EXPECT_EQ(literal("http://localhost:8000"), "localhost:8000");
  EXPECT_EQ(literal("http://a.example"), "none");
}

}  // namespace
}  // namespace picus::net
