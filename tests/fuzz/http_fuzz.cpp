#include <string>

#include "fuzzing.h"
#include "net/client/answer_reader.h"
#include "net/server/chunk_decoder.h"
#include "net/server/request_head.h"

// Bytes of a connection, of a client's request or of a server's answer: where they are split makes
// no difference.
namespace picus::fuzzing {
namespace {

using net::ChunkDecoder;
using net::HeadScanner;

void read_head(std::string_view text) {
  HeadScanner whole;
  HeadScanner in_pieces;
  const auto state = whole.scan(text);
  auto state_of_pieces = HeadScanner::State::incomplete;
  for (std::size_t end = 1; end <= text.size(); end += 7) {
    state_of_pieces = in_pieces.scan(text.substr(0, end));
    if (state_of_pieces != HeadScanner::State::incomplete) break;
  }
  if (state_of_pieces == HeadScanner::State::incomplete) state_of_pieces = in_pieces.scan(text);
  expect(state == state_of_pieces);
  if (state != HeadScanner::State::complete) return;
  expect(whole.head_bytes() == in_pieces.head_bytes());
  const std::size_t begin = whole.skipped_bytes();
  net::RequestHead head;
  if (!net::parse_head(text.substr(begin, whole.head_bytes() - begin), head)) return;
  expect(head.target.starts_with('/') || head.target == "*");
  expect(!(head.chunked && head.content_length));
}

std::string decode_chunks(std::string_view body, std::size_t piece_bytes) {
  ChunkDecoder decoder;
  std::string data;
  while (!body.empty() && decoder.state() == ChunkDecoder::State::incomplete) {
    const auto step = decoder.step(body.substr(0, piece_bytes));
    expect(step.consumed > 0 || decoder.state() == ChunkDecoder::State::malformed);
    data += step.data;
    body.remove_prefix(step.consumed);
  }
  return data + std::to_string(static_cast<int>(decoder.state()));
}

void read_answer(std::string_view text, std::size_t piece_bytes) {
  constexpr std::size_t kMaxBody = 4096;
  net::AnswerReader reader(kMaxBody, /*to_head=*/false);
  while (!text.empty() && !reader.is_done()) {
    if (reader.take(text.substr(0, piece_bytes))) return;
    text.remove_prefix(std::min(piece_bytes, text.size()));
  }
  if (!reader.end()) expect(reader.answer().body.size() <= kMaxBody);
}

}  // namespace

void look_at(std::string_view text) {
  read_head(text);
  expect(decode_chunks(text, 3) == decode_chunks(text, text.size()));
  read_answer(text, text.size());
  read_answer(text, 5);
}

}  // namespace picus::fuzzing
