#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "api/http.h"
#include "net/server/thread_buffers.h"
#include "net/server/transport.h"

namespace picus::net {

/// How a response is sent to a client.
struct Delivery {
  bool http11 = true;
  bool keep_alive = true;
  bool gzip = false;  ///< the client accepts gzip
};

/// Writes one response. All arguments of the constructor outlive it.
class ResponseWriter {
 public:
  /// Shorter texts are not compressed: they fit into one packet anyway.
  static constexpr std::size_t kMinGzipBytes = 1400;
  /// Responses to pipelined requests are collected up to this size before they are sent.
  static constexpr std::size_t kMaxHeldBytes = 32UZ * 1024;

  enum class StreamEnd : std::uint8_t {
    sent,
    client_gone,
    failed,  ///< the error of the stream is in Response::error; the client has received a part of
             ///< the response
  };

  /// `output` may have earlier responses, which are sent first. `pace`: the minimum pace at which
  /// the client reads.
  ResponseWriter(Transport& transport, ThreadBuffers& buffers, std::string& output, Pace pace)
      : transport_(transport),
        buffers_(buffers),
        output_(output),
        pace_(pace),
        begin_(transport.bytes_sent()) {}

  /// Writes a response whose body is text, or is not sent. `hold`: a short response may stay in
  /// `output` for now. After Sent::some, call write_rest().
  Socket::Sent write_text(Response& response, const Delivery& delivery, bool hold);
  asio::awaitable<bool> write_rest();

  /// Writes a response whose body is a stream; `first` is the piece that was already read from it.
  asio::awaitable<StreamEnd> write_stream(Response* response, Delivery delivery,
                                          std::string_view first);

 private:
  asio::awaitable<bool> send_piece(std::string_view piece, bool chunked, bool last);

  Transport& transport_;
  ThreadBuffers& buffers_;
  std::string& output_;
  Pace pace_;
  std::uint64_t begin_;
  std::array<iovec, 2> parts_{};
  std::span<iovec> rest_;
};

}  // namespace picus::net
