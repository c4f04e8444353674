#include "net/server/response_writer.h"

#include <charconv>
#include <optional>
#include <utility>
#include <variant>

#include "core/turn.h"
#include "net/server/response_head.h"

namespace picus::net {

namespace {

constexpr std::size_t kGzipPieceBytes = 32UZ * 1024;
/// How much longer it takes to compress a text than to send it, at the least.
constexpr std::size_t kWorkOfGzip = 4;

bool has_no_body(unsigned status) { return status == 204 || status == 304; }

void append_chunk_size(std::string& out, std::size_t bytes) {
  std::array<char, 16> digits{};
  char* const end = std::to_chars(digits.begin(), digits.end(), bytes, 16).ptr;
  out.append(digits.data(), end);
  out += "\r\n";
}

}  // namespace

Socket::Sent ResponseWriter::write_text(Response& response, const Delivery& delivery, bool hold) {
  Framing framing{.keep_alive = delivery.keep_alive,
                  .http11 = delivery.http11,
                  .date_line = buffers_.date().now()};
  auto* text = std::get_if<std::string>(&response.body);
  // A 304 has the Vary of the 200 (RFC 9110, 15.4.5).
  framing.vary = (text == nullptr || text->size() >= kMinGzipBytes) && !response.has_coding;
  if (text == nullptr) {
    framing.gzip = framing.vary && delivery.gzip;  // HEAD of a stream: its length is not known
  } else if (!has_no_body(response.status)) {
    framing.gzip = framing.vary && delivery.gzip && buffers_.compress(*text);
    framing.body = Framing::Body::counted;
    framing.bytes = text->size();
  }
  append_head(output_, response, framing);
  std::string_view body;
  if (text != nullptr && !response.without_body && !has_no_body(response.status)) body = *text;
  if (hold && output_.size() + body.size() <= kMaxHeldBytes) {
    output_ += body;
    return Socket::Sent::all;
  }
  parts_ = {part(output_), part(body)};
  rest_ = parts_;
  const auto sent = transport_.send_now(rest_);
  if (sent == Socket::Sent::all) output_.clear();
  return sent;
}

asio::awaitable<bool> ResponseWriter::write_rest() {
  const bool sent = co_await transport_.send(rest_, &pace_, begin_);
  output_.clear();
  co_return sent;
}

asio::awaitable<ResponseWriter::StreamEnd> ResponseWriter::write_stream(Response* response,
                                                                        Delivery delivery,
                                                                        std::string_view first) {
  auto& stream = *std::get<std::unique_ptr<ByteStream>>(response->body);
  const auto size = stream.size();
  Framing framing{.keep_alive = delivery.keep_alive,
                  .http11 = delivery.http11,
                  .date_line = buffers_.date().now()};
  framing.vary = !response->has_coding;
  framing.gzip = framing.vary && delivery.gzip;
  if (size && !framing.gzip) {
    framing.body = Framing::Body::counted;
    framing.bytes = *size;
  } else {
    framing.body = delivery.http11 ? Framing::Body::chunked : Framing::Body::until_close;
  }
  const bool chunked = framing.body == Framing::Body::chunked;
  append_head(output_, *response, framing);
  std::optional<GzipStream> gzip;
  if (framing.gzip) gzip.emplace();
  std::string compressed;
  std::uint64_t total = 0;
  Turn turn;
  for (std::string_view piece = first; !piece.empty();) {
    total += piece.size();
    const bool turn_is_over = turn.spend(gzip ? piece.size() : piece.size() / kWorkOfGzip);
    if (framing.body == Framing::Body::counted && total > framing.bytes) break;
    if (gzip) gzip->write(piece, compressed);
    if (!gzip || compressed.size() >= kGzipPieceBytes) {
      const bool sent =
          co_await send_piece(gzip ? std::string_view(compressed) : piece, chunked, false);
      if (!sent) co_return StreamEnd::client_gone;
      compressed.clear();
    }
    if (turn_is_over) co_await let_others_run();
    auto next = co_await stream.read();
    if (!next) {
      response->error = std::move(next.error());
      co_return StreamEnd::failed;
    }
    piece = *next;
  }
  if (framing.body == Framing::Body::counted && total != framing.bytes) {
    response->error.emplace(ErrorCode::internal, "The response was aborted.",
                            "a stream did not have its announced size");
    co_return StreamEnd::failed;
  }
  if (gzip) gzip->finish(compressed);
  const bool sent = co_await send_piece(compressed, chunked, true);
  co_return sent ? StreamEnd::sent : StreamEnd::client_gone;
}

/// Sends what `output` holds, then the piece, if there is one, as a chunk where that is asked for.
asio::awaitable<bool> ResponseWriter::send_piece(std::string_view piece, bool chunked, bool last) {
  std::string_view end;
  if (chunked && !piece.empty()) {
    append_chunk_size(output_, piece.size());
    end = last ? "\r\n0\r\n\r\n" : "\r\n";
  } else if (chunked && last) {
    end = "0\r\n\r\n";
  }
  std::array<iovec, 3> parts{part(output_), part(piece), part(end)};
  const bool sent = co_await transport_.send(parts, &pace_, begin_);
  output_.clear();
  co_return sent;
}

}  // namespace picus::net
