#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <iterator>
#include <limits>
#include <string>

#include "core/ascii.h"
#include "fuzzing.h"
#include "net/client/answer_reader.h"
#include "net/server/chunk_decoder.h"
#include "net/server/request_head.h"

// Bytes of a connection, of a client's request or of a server's answer: where they are split makes
// no difference. A head that is accepted means the same to Beast.
namespace picus::fuzzing {
namespace {

using net::ChunkDecoder;
using net::HeadScanner;

namespace http = boost::beast::http;

/// Ours is the stricter parser: it may refuse what Beast accepts, and never the reverse.
void compare_with_beast(std::string_view text, const net::RequestHead& head) {
  // Beast reads Proxy-Connection as it reads Connection; no RFC has it.
  if (std::ranges::any_of(head.headers, [](const auto& field) {
        return equals_ignoring_case(field.name, "Proxy-Connection");
      })) {
    return;
  }
  http::request_parser<http::empty_body> parser;
  parser.header_limit(std::numeric_limits<std::uint32_t>::max());
  parser.body_limit(boost::none);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(text.data(), text.size()), error);
  expect(!error || error == http::error::need_more);
  expect(parser.is_header_done());
  const auto& theirs = parser.get();
  expect(head.method_text == std::string_view(theirs.method_string()));
  expect(head.http11 == (theirs.version() == 11));
  expect(head.chunked == parser.chunked());
  if (!head.chunked) {
    expect(head.content_length.value_or(0) == parser.content_length().value_or(0));
  }
  expect(head.keep_alive == parser.keep_alive() || !head.keep_alive);
  // The absolute form is rewritten, and gives Host.
  if (!theirs.target().starts_with('/')) return;
  expect(head.target == std::string_view(theirs.target()));
  expect(head.headers.size() ==
         static_cast<std::size_t>(std::distance(theirs.begin(), theirs.end())));
  for (const auto& field : head.headers) {
    const auto [first, last] = theirs.equal_range(field.name);
    expect(std::any_of(first, last, [&](const auto& their) {
      return field.value == std::string_view(their.value());
    }));
  }
}

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
  const std::string_view bytes = text.substr(begin, whole.head_bytes() - begin);
  if (!net::parse_head(bytes, head)) return;
  compare_with_beast(bytes, head);
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
