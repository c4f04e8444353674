#include "net/client/answer_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace picus::net {
namespace {

constexpr std::size_t kMaxBodyBytes = 1000;
constexpr std::string_view kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Its body, or "malformed" or "incomplete".
std::string read_in_pieces(std::string_view text, std::size_t piece_bytes) {
  AnswerReader reader(kMaxBodyBytes, /*to_head=*/false);
  while (!text.empty() && !reader.is_done()) {
    if (reader.take(text.substr(0, piece_bytes))) return "malformed";
    text.remove_prefix(std::min(piece_bytes, text.size()));
  }
  return reader.is_done() ? reader.answer().body : "incomplete";
}

TEST(AnswerReader, ReadsChunksHoweverTheyAreSplit) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"0\r\n\r\n", ""},
      {"000\r\n\r\n", ""},
      {"0;last\r\nX-Sum: 1\r\n\r\n", ""},
      {"1\r\na\r\n0\r\n\r\n", "a"},
      {"2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", "hello"},
      {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
      {"1\r\na\r\n0\r\n\r", "incomplete"},
      {"0\r\n\r", "incomplete"},
      {"0\r\n", "incomplete"},
      {"x\r\n\r\n", "malformed"}};
  for (const auto& [chunks, body] : cases) {
    const std::string text = std::string(kChunked).append(chunks);
    for (std::size_t piece_bytes = 1; piece_bytes <= text.size(); ++piece_bytes) {
      EXPECT_EQ(read_in_pieces(text, piece_bytes), body) << chunks << " by " << piece_bytes;
    }
  }
}

TEST(AnswerReader, AConnectionIsKeptAfterTheLastChunkOnly) {
  for (const std::string_view behind : {"", "H"}) {
    AnswerReader reader(kMaxBodyBytes, /*to_head=*/false);
    ASSERT_FALSE(reader.take(std::string(kChunked).append("0\r\n")));
    EXPECT_FALSE(reader.is_reusable());
    ASSERT_FALSE(reader.take("\r"));
    EXPECT_FALSE(reader.is_done());
    ASSERT_FALSE(reader.take(std::string("\n").append(behind)));
    EXPECT_TRUE(reader.is_done());
    EXPECT_EQ(reader.is_reusable(), behind.empty());
  }
}

TEST(AnswerReader, ABodyThatIsTooLongIsAnErrorOrCut) {
  using Excess = AnswerReader::Excess;
  const std::string body(kMaxBodyBytes + 1, 'x');
  const std::string chunked = std::string(kChunked) + "3e9\r\n" + body + "\r\n0\r\n\r\n";
  const std::string known = "HTTP/1.1 200 OK\r\nX-Id: 7\r\nContent-Length: 1001\r\n\r\n" + body;
  for (const std::string& text : {known, chunked}) {
    AnswerReader strict(kMaxBodyBytes, /*to_head=*/false);
    EXPECT_TRUE(strict.take(text));
    AnswerReader cutting(kMaxBodyBytes, /*to_head=*/false, Excess::is_dropped);
    EXPECT_FALSE(cutting.take(text));
    EXPECT_TRUE(cutting.is_reusable());
    EXPECT_TRUE(cutting.answer().is_cut);
    EXPECT_EQ(cutting.answer().body.size(), kMaxBodyBytes);
  }
  AnswerReader fitting(kMaxBodyBytes + 1, /*to_head=*/false, Excess::is_dropped);
  EXPECT_FALSE(fitting.take(known));
  EXPECT_FALSE(fitting.answer().is_cut);
  EXPECT_EQ(fitting.answer().header("x-id"), "7");
}

TEST(AnswerReader, WhatNeverEndsIsAnError) {
  for (const std::string_view begin : {"1;", "0;", "0\r\nX-Sum: "}) {
    AnswerReader reader(kMaxBodyBytes, /*to_head=*/false);
    ASSERT_FALSE(reader.take(std::string(kChunked).append(begin)));
    const std::string more(1000, 'x');
    std::size_t taken = 0;
    while (!reader.take(more) && taken < 1'000'000) taken += more.size();
    EXPECT_LT(taken, 100'000) << begin;
  }
}

}  // namespace
}  // namespace picus::net
