#include "net/server/chunk_decoder.h"

#include <gtest/gtest.h>

#include <string>

namespace picus::net {
namespace {

using State = ChunkDecoder::State;

struct Decoded {
  State state;
  std::string data;
  std::size_t consumed;
};

/// Decodes a body that arrives in pieces of `piece` bytes.
Decoded decode(std::string_view body, std::size_t piece) {
  ChunkDecoder decoder;
  Decoded result{State::incomplete, {}, 0};
  while (result.consumed < body.size() && decoder.state() == State::incomplete) {
    std::string_view input = body.substr(result.consumed, piece);
    const auto step = decoder.step(input);
    EXPECT_TRUE(step.consumed > 0);
    result.data += step.data;
    result.consumed += step.consumed;
  }
  result.state = decoder.state();
  return result;
}

std::string problem_free(std::string_view body) {
  const auto whole = decode(body, body.size());
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    const auto pieces = decode(body, piece);
    EXPECT_EQ(pieces.state, whole.state) << piece;
    EXPECT_EQ(pieces.data, whole.data) << piece;
    EXPECT_EQ(pieces.consumed, whole.consumed) << piece;
  }
  EXPECT_EQ(whole.state, State::complete) << body;
  return whole.data;
}

TEST(ChunkDecoder, GivesTheDataWhereverTheBodyIsSplit) {
  EXPECT_EQ(problem_free("0\r\n\r\n"), "");
  EXPECT_EQ(problem_free("5\r\nhello\r\n0\r\n\r\n"), "hello");
  EXPECT_EQ(problem_free("00a\r\n0123456789\r\nA\r\nabcdefghij\r\n000\r\n\r\n"),
            "0123456789abcdefghij");
  EXPECT_EQ(problem_free("1;a=b;c=\"d e\"\r\nx\r\n2 ; f\r\nyz\r\n0;g\r\n\r\n"), "xyz");
  EXPECT_EQ(problem_free("1;a=\"\\\";\\\\\";b\r\nx\r\n1 ;\ta = c\t;d = \"\" ;e\r\ny\r\n0\r\n\r\n"),
            "xy");
  EXPECT_EQ(problem_free("0000000000000001\r\nx\r\n0000000000000000\r\n\r\n"), "x");
  EXPECT_EQ(problem_free("1\r\nx\r\n0\r\nEmpty:\r\nX-Latin: \xe9\t\r\n\r\n"), "x");
  EXPECT_EQ(problem_free("1\r\nx\r\n0\r\nTrailer: a\r\nOther: b\r\n\r\n"), "x");
}

TEST(ChunkDecoder, LeavesWhatComesBehindTheBody) {
  const std::string_view body = "1\r\nx\r\n0\r\n\r\nGET /";
  EXPECT_EQ(decode(body, body.size()).consumed, body.size() - 5);
}

TEST(ChunkDecoder, RefusesWhatIsNotTheCoding) {
  const std::string bodies[] = {
      "\r\n",
      " 1\r\nx\r\n",
      "g\r\n",
      "-1\r\n",
      "+1\r\nx",
      "0x1\r\nx",
      "1\nx\r\n",
      "1\r\nx\n0\r\n\r\n",
      "1\r\nxy\r\n",
      "1\rx",
      "1\r\nx\rx",
      "0\r\n\n",
      "0\r\n\rx",
      "0\r\na\n",
      "0\r\na\rb",
      "1;a\nx",
      "1;\x01\r\nx",
      "1=a\r\nx",
      "10000000000000000\r\n",
      "00000000000000001\r\nx",
      "1 \r\nx",
      "1 x\r\nx",
      "1;\r\nx",
      "1;;a\r\nx",
      "1;a;\r\nx",
      "1;a \r\nx",
      "1;a b\r\nx",
      "1;a=\r\nx",
      "1;a=b \r\nx",
      "1;a=b c\r\nx",
      "1;a=b=c\r\nx",
      "1;a=\"b\r\nx",
      "1;a=\"b\"c\r\nx",
      "1;a=\"b\\\r\nx",
      "1;a@b\r\nx",
      "0\r\nno field\r\n\r\n",
      "0\r\nnofield\r\n\r\n",
      "0\r\n: value\r\n\r\n",
      "0\r\nA : b\r\n\r\n",
      "0\r\n A: b\r\n\r\n",
      "0\r\nA: b\r\n c\r\n\r\n",
      "0\r\nA: b\x01\r\n\r\n",
      "1;" + std::string(ChunkDecoder::kMaxExtensionBytes + 1, 'e') + "\r\nx",
      "0\r\n" + std::string(ChunkDecoder::kMaxTrailerBytes + 1, 't'),
  };
  for (const auto& body : bodies) {
    EXPECT_EQ(decode(body, body.size()).state, State::malformed) << body;
    EXPECT_EQ(decode(body, 1).state, State::malformed) << body;
  }
}

TEST(ChunkDecoder, CountsTheExtensionsOfAllChunksTogether) {
  std::string body;
  for (int i = 0; i < 600; ++i) body += "1;a\r\nx\r\n";
  EXPECT_EQ(decode(body, body.size()).state, State::malformed);
}

TEST(ChunkDecoder, ABodyThatBreaksOffIsIncomplete) {
  const std::string_view body = "5\r\nhello\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t bytes = 1; bytes < body.size(); ++bytes) {
    EXPECT_EQ(decode(body.substr(0, bytes), 64).state, State::incomplete) << bytes;
  }
}

}  // namespace
}  // namespace picus::net
