#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "api/http.h"
#include "net/server/workbench.h"
#include "net/wire.h"

namespace picus::net {

/// How an answer goes to one client.
struct Delivery {
  bool http11 = true;
  bool keep_alive = true;
  bool gzip = false;  ///< the client takes it
};

/// Writes one answer. Everything that the constructor takes outlives it.
class ResponseWriter {
 public:
  /// Texts shorter than this stay plain: compressed they still fill one packet.
  static constexpr std::size_t kMinGzipBytes = 1400;
  /// Answers to pipelined requests are held back until so much has come together.
  static constexpr std::size_t kMaxHeldBytes = 32UZ * 1024;

  enum class StreamEnd : std::uint8_t {
    sent,
    client_gone,
    failed,  ///< the stream's error is in Response::error; the client has a part of the answer
  };

  /// `output` may hold earlier answers, which go out first. `pace`: at which the client has to
  /// read.
  ResponseWriter(Wire& wire, Workbench& bench, std::string& output, Pace pace)
      : wire_(wire), bench_(bench), output_(output), pace_(pace), begin_(wire.bytes_sent()) {}

  /// Writes an answer whose body is text, or is not sent. `hold`: a short one may stay in `output`
  /// for now. Sent::some: call write_rest().
  Wire::Sent write_text(Response& response, const Delivery& delivery, bool hold);
  asio::awaitable<bool> write_rest();

  /// Writes an answer whose body is a stream; `first` was read from it already.
  asio::awaitable<StreamEnd> write_stream(Response* response, Delivery delivery,
                                          std::string_view first);

 private:
  asio::awaitable<bool> send_piece(std::string_view piece, bool chunked, bool last);

  Wire& wire_;
  Workbench& bench_;
  std::string& output_;
  Pace pace_;
  std::uint64_t begin_;
  std::array<iovec, 2> parts_{};
  std::span<iovec> rest_;
};

}  // namespace picus::net
