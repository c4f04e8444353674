#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http.h"
#include "core/turn.h"
#include "net/pace.h"
#include "net/server/chunk_decoder.h"
#include "net/server/request_head.h"
#include "net/server/server_options.h"
#include "net/server/thread_buffers.h"
#include "net/server/transport.h"

namespace picus::net {

/// The body of a request, read from the wire. All arguments of the constructor outlive it.
class BodyStream final : public ByteStream {
 public:
  /// `input` starts with the head of the request (`head_bytes` long), which stays in place.
  BodyStream(const RequestHead& head, std::size_t head_bytes, InputBuffer& input,
             Transport& transport, WaitingRoom::Seat& seat, ThreadBuffers& buffers,
             const ServerOptions& options);
  ~BodyStream() override;
  BodyStream(const BodyStream&) = delete;
  BodyStream& operator=(const BodyStream&) = delete;

  asio::awaitable<Result<std::string_view>> read() override;
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return length_; }

  /// Whether the connection can be reused after the response: the rest of the body can be read to
  /// its end. Drops what has arrived of a chunked one.
  [[nodiscard]] bool can_finish();
  [[nodiscard]] bool complete() const;
  /// Reads and discards the rest of the body. False: it is too long, or did not arrive in time.
  asio::awaitable<bool> finish();
  /// Removes head and body from `input`; keeps the bytes that follow the body.
  void leave();

  [[nodiscard]] std::uint64_t bytes_received() const { return received_; }

 private:
  std::string_view decode();
  asio::awaitable<Result<void>> receive();
  asio::awaitable<bool> send_continue();
  std::span<char> space();
  void keep(std::size_t bytes);

  InputBuffer& input_;
  Transport& transport_;
  WaitingRoom::Seat& seat_;
  ThreadBuffers& buffers_;
  const ServerOptions& options_;
  std::size_t head_bytes_;
  std::size_t taken_ = 0;    ///< decoded bytes of `input` after the head
  std::string_view unread_;  ///< bytes in `buffer_` that are not decoded yet
  std::unique_ptr<char[]> buffer_;
  std::optional<std::uint64_t> length_;
  std::uint64_t left_ = 0;  ///< with a length: bytes that are not decoded yet
  ChunkDecoder chunks_;
  std::uint64_t received_ = 0;
  Pace pace_;
  Turn turn_;
  std::optional<Error> failure_;
  bool expects_continue_;
};

}  // namespace picus::net
