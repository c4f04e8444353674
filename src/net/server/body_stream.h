#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http.h"
#include "net/pace.h"
#include "net/server/chunk_decoder.h"
#include "net/server/request_head.h"
#include "net/server/server_options.h"
#include "net/server/workbench.h"
#include "net/wire.h"

namespace picus::net {

/// A request's body, as it comes off the wire. Everything that the constructor takes outlives it.
class BodyStream final : public ByteStream {
 public:
  /// `input` begins with the request's head (of `head_bytes`), which stays where it is.
  BodyStream(const RequestHead& head, std::size_t head_bytes, InputBuffer& input, Wire& wire,
             WaitingRoom::Seat& seat, Workbench& bench, const ServerOptions& options);
  ~BodyStream() override;
  BodyStream(const BodyStream&) = delete;
  BodyStream& operator=(const BodyStream&) = delete;

  asio::awaitable<Result<std::string_view>> read() override;
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return length_; }

  /// Whether the connection can be used on once the answer is out: what is left of the body can be
  /// read to its end. Drops what has arrived of a chunked one.
  [[nodiscard]] bool can_finish();
  [[nodiscard]] bool complete() const;
  /// Reads and drops what is left. False: it is too much, or did not come.
  asio::awaitable<bool> finish();
  /// Takes head and body out of `input`, and puts back what came behind the body.
  void leave();

  [[nodiscard]] std::uint64_t bytes_received() const { return received_; }

 private:
  std::string_view decode();
  asio::awaitable<Result<void>> receive();
  asio::awaitable<bool> send_continue();
  std::span<char> space();
  void keep(std::size_t bytes);

  InputBuffer& input_;
  Wire& wire_;
  WaitingRoom::Seat& seat_;
  Workbench& bench_;
  const ServerOptions& options_;
  std::size_t head_bytes_;
  std::size_t taken_ = 0;    ///< bytes of `input` behind the head that are decoded
  std::string_view unread_;  ///< bytes in `buffer_` that are not decoded yet
  std::unique_ptr<char[]> buffer_;
  std::optional<std::uint64_t> length_;
  std::uint64_t left_ = 0;  ///< with a length: bytes not decoded yet
  ChunkDecoder chunks_;
  std::uint64_t received_ = 0;
  Pace pace_;
  std::optional<Error> failure_;
  bool expects_continue_;
};

}  // namespace picus::net
