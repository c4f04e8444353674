#include "net/server/request_head.h"

#include <gtest/gtest.h>

#include <string>

namespace picus::net {
namespace {

using ScanState = HeadScanner::State;

/// What becomes of a text that a client sends as its request's head.
std::string outcome(const std::string& text, RequestHead& head) {
  HeadScanner scanner;
  switch (scanner.scan(text)) {
    case ScanState::incomplete:
      return "incomplete";
    case ScanState::malformed:
      return "malformed";
    case ScanState::complete:
      break;
  }
  const auto whole = std::string_view(text).substr(scanner.skipped_bytes(),
                                                   scanner.head_bytes() - scanner.skipped_bytes());
  const auto parsed = parse_head(whole, head);
  return parsed ? "accepted" : std::string(traits(parsed.error().code()).name);
}

std::string outcome(const std::string& text) {
  RequestHead head;
  return outcome(text, head);
}

std::string get_with(const std::string& headers) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

TEST(RequestHead, WhatClientsSendIsAccepted) {
  const std::string heads[] = {
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost:\r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
      "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /%E4?a=b&c HTTP/1.1\r\nhOsT: [::1]:8080\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \t\r\nZ:v\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 0\r\n\r\n",
  };
  for (const auto& head : heads) EXPECT_EQ(outcome(head), "accepted") << head;
}

TEST(RequestHead, WhatTwoServersCouldReadInTwoWaysIsRefused) {
  const std::string headers[] = {
      "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
      "Content-Length: 1\r\nContent-Length: 1\r\n",
      "Content-Length: 1\r\nContent-Length: 2\r\n",
      "Content-Length: 1, 1\r\n",
      "Content-Length: 1,\r\n",
      "Content-Length: +1\r\n",
      "Content-Length: -1\r\n",
      "Content-Length: 0x1\r\n",
      "Content-Length: 1 2\r\n",
      "Content-Length: 1.0\r\n",
      "Content-Length:\r\n",
      "Content-Length: 18446744073709551616\r\n",
      "Content-Length : 1\r\n",
      "Content-Length\t: 1\r\n",
      "Transfer-Encoding: gzip\r\n",
      "Transfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding: chunked, identity\r\n",
      "Transfer-Encoding: chunked, chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: \"chunked\"\r\n",
      "Transfer-Encoding: xchunked\r\n",
      "Transfer-Encoding:\r\n",
      "Transfer-Encoding : chunked\r\n",
      "Transfer-Encoding: \x0b"
      "chunked\r\n",
      "Host: b\r\n",
      "Host: a\r\n",
      "X: a\rb\r\n",
      "X: a\r\rb\r\n",
      std::string("X: a\0b\r\n", 8),
      "X: a\x7f\r\n",
      "X: a\x01\r\n",
      ": empty\r\n",
      "no colon\r\n",
      "nocolon\r\n",
      "X Y: z\r\n",
      "X\xc3\xa4: z\r\n",
      "X(: z\r\n",
      "Expect: something\r\n",
      "Expect: 100-continue, x\r\n",
  };
  for (const auto& header : headers) EXPECT_EQ(outcome(get_with(header)), "bad-request") << header;
}

TEST(RequestHead, LinesThatBreakOffOrFoldAreRefusedAtOnce) {
  const std::string heads[] = {
      "GET / HTTP/1.1\n",
      "GET / HTTP/1.1\r\nHost: a\n",
      "GET / HTTP/1.1\r\nHost: a\r\n\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n",
      "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
      " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "\n",
      "\x16\x03\x01\x02",
      std::string("\0", 1),
  };
  for (const auto& head : heads) EXPECT_EQ(outcome(head), "malformed") << head;
}

TEST(RequestHead, MalformedRequestLinesAreRefused) {
  const std::string lines[] = {"GET  / HTTP/1.1",
                               "GET / HTTP/1.1 ",
                               "GET /",
                               "GET",
                               "GET / HTTP/1.2",
                               "GET / HTTP/2.0",
                               "GET / HTTP/0.9",
                               "GET / http/1.1",
                               "GET / HTTP/1.1x",
                               "GET / HTTP/11",
                               "GET /a b HTTP/1.1",
                               "GET /\x01 HTTP/1.1",
                               "GET /#a HTTP/1.1",
                               "GET picus HTTP/1.1",
                               "GET * HTTP/1.1",
                               "CONNECT a:80 HTTP/1.1",
                               "G(T / HTTP/1.1",
                               "GET ftp://a/ HTTP/1.1",
                               "GET http:///a HTTP/1.1",
                               "GET http://a@b/ HTTP/1.1",
                               "PRI * HTTP/2.0",
                               "GET /\rHTTP/1.1",
                               "GET\t/ HTTP/1.1"};
  for (const auto& line : lines) {
    EXPECT_EQ(outcome(line + "\r\nHost: a\r\n\r\n"), "bad-request") << line;
  }
  EXPECT_EQ(outcome(std::string(65, 'M') + " / HTTP/1.1\r\nHost: a\r\n\r\n"), "bad-request");
}

TEST(RequestHead, HostIsNeededInHttp11AndMustLookLikeOne) {
  EXPECT_EQ(outcome("GET / HTTP/1.1\r\n\r\n"), "bad-request");
  EXPECT_EQ(outcome("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), "bad-request");
  EXPECT_EQ(outcome("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), "bad-request");
  EXPECT_EQ(outcome("GET / HTTP/1.1\r\nHost: localhost:abc\r\n\r\n"), "bad-request");
  EXPECT_EQ(outcome("GET / HTTP/1.1\r\nHost: [::1]evil\r\n\r\n"), "bad-request");
  EXPECT_EQ(outcome("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), "bad-request");
  EXPECT_EQ(outcome("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), "bad-request");
}

TEST(RequestHead, AControlCharacterIsRefusedWhereverItIs) {
  for (const std::size_t length : {1UZ, 7UZ, 8UZ, 9UZ, 15UZ, 16UZ, 17UZ, 40UZ}) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        if (byte == '\n' || byte == '#') continue;
        std::string text(length, 'a');
        text[at] = static_cast<char>(byte);
        const bool is_control = byte < ' ' || byte == 0x7F;
        ASSERT_EQ(outcome(get_with("X: " + text + "\r\n")) == "accepted",
                  !is_control || byte == '\t')
            << length << " bytes, " << byte << " at " << at;
        ASSERT_EQ(outcome("GET /" + text + " HTTP/1.1\r\nHost: a\r\n\r\n") == "accepted",
                  !is_control && byte != ' ')
            << length << " bytes, " << byte << " at " << at;
      }
    }
  }
}

TEST(RequestHead, ATargetBeyondTheLimitIsUriTooLong) {
  const auto get = [](std::size_t bytes) {
    return "GET /" + std::string(bytes - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  EXPECT_EQ(outcome(get(kMaxTargetBytes)), "accepted");
  EXPECT_EQ(outcome(get(kMaxTargetBytes + 1)), "uri-too-long");
}

TEST(RequestHead, TheFieldsAreReadAsTheyCame) {
  const std::string text =
      "POST /picus/put?a=%2F HTTP/1.1\r\nHost: a\r\nX-Request-ID: abc\r\nx-A:  b c "
      "\t\r\nContent-Length: 12\r\n\r\n";
  RequestHead head;
  ASSERT_EQ(outcome(text, head), "accepted");
  EXPECT_EQ(head.method, Method::post);
  EXPECT_EQ(head.method_text, "POST");
  EXPECT_EQ(head.target, "/picus/put?a=%2F");
  ASSERT_EQ(head.headers.size(), 4U);
  EXPECT_EQ(head.headers[2].name, "x-A");
  EXPECT_EQ(head.headers[2].value, "b c");
  EXPECT_EQ(head.request_id(), "abc");
  EXPECT_EQ(head.content_length, 12U);
  EXPECT_TRUE(head.has_body());
  EXPECT_TRUE(head.http11);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.chunked);
}

TEST(RequestHead, AParsedHeadLeavesNothingOfTheOneBefore) {
  RequestHead head;
  ASSERT_EQ(outcome("POST / HTTP/1.0\r\nContent-Length: 5\r\nX-Request-Id: a\r\n\r\n", head),
            "accepted");
  ASSERT_EQ(outcome("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: "
                    "100-continue\r\n\r\n",
                    head),
            "accepted");
  EXPECT_FALSE(head.content_length);
  EXPECT_TRUE(head.expects_continue);
  ASSERT_EQ(outcome("GET / HTTP/1.1\r\nHost: a\r\n\r\n", head), "accepted");
  EXPECT_FALSE(head.chunked || head.expects_continue || head.has_body());
  EXPECT_EQ(head.headers.size(), 1U);
  EXPECT_EQ(head.request_id(), "");
}

TEST(RequestHead, TheClientDecidesWhetherTheConnectionStays) {
  const auto stays = [](const std::string& version, const std::string& connection) {
    RequestHead head;
    EXPECT_EQ(outcome("GET / " + version + "\r\nHost: a\r\n" + connection + "\r\n", head),
              "accepted");
    return head.keep_alive;
  };
  EXPECT_TRUE(stays("HTTP/1.1", ""));
  EXPECT_TRUE(stays("HTTP/1.1", "Connection: TE\r\n"));
  EXPECT_FALSE(stays("HTTP/1.1", "Connection: TE, Close\r\n"));
  EXPECT_FALSE(stays("HTTP/1.0", ""));
  EXPECT_TRUE(stays("HTTP/1.0", "Connection: Keep-Alive\r\n"));
  for (const std::string version : {"HTTP/1.0", "HTTP/1.1"}) {
    EXPECT_FALSE(stays(version, "Connection: close, keep-alive\r\n"));
    EXPECT_FALSE(stays(version, "Connection: keep-alive,, CLOSE\t\r\n"));
    EXPECT_FALSE(stays(version, "Connection: keep-alive\r\nConnection: close\r\n"));
    EXPECT_TRUE(stays(version, "Connection: keep-alive, closed\r\n"));
  }
}

TEST(RequestHead, TheAuthorityOfAnAbsoluteTargetTakesThePlaceOfHost) {
  RequestHead head;  // refers to the texts
  const std::string whole = "GET HTTP://b:81/c?d HTTP/1.1\r\nHost: a\r\n\r\n";
  ASSERT_EQ(outcome(whole, head), "accepted");
  EXPECT_EQ(head.target, "/c?d");
  EXPECT_EQ(head.headers[0].value, "b:81");
  const std::string without_path = "GET http://b?d HTTP/1.1\r\nHost: a\r\n\r\n";
  ASSERT_EQ(outcome(without_path, head), "accepted");
  EXPECT_EQ(head.target, "/?d");
  const std::string bare = "GET https://b HTTP/1.1\r\nHost: a\r\n\r\n";
  ASSERT_EQ(outcome(bare, head), "accepted");
  EXPECT_EQ(head.target, "/");
  const std::string old = "GET http://b/ HTTP/1.0\r\n\r\n";
  ASSERT_EQ(outcome(old, head), "accepted");
  ASSERT_EQ(head.headers.size(), 1U);
  EXPECT_EQ(head.headers[0].name, "Host");
  EXPECT_EQ(head.headers[0].value, "b");
}

TEST(HeadScanner, FindsTheEndHoweverTheBytesArrive) {
  const std::string text = "\r\nGET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\nGET";
  const std::size_t end = text.size() - 3;
  for (std::size_t step = 1; step <= text.size(); ++step) {
    HeadScanner scanner;
    ScanState state = ScanState::incomplete;
    std::size_t given = 0;
    while (state == ScanState::incomplete && given < text.size()) {
      given = std::min(given + step, text.size());
      state = scanner.scan(std::string_view(text).substr(0, given));
      EXPECT_EQ(state == ScanState::complete, given >= end) << given;
    }
    ASSERT_EQ(state, ScanState::complete);
    EXPECT_EQ(scanner.head_bytes(), end);
    EXPECT_EQ(scanner.skipped_bytes(), 2U);
  }
}

}  // namespace
}  // namespace picus::net
