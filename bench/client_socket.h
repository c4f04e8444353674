#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bench {

/// The first lines of an answer.
struct Head {
  unsigned status = 0;
  bool chunked = false;
  std::size_t content_length = 0;
};

/// A blocking HTTP/1.1 connection to 127.0.0.1. Everything that goes wrong throws
/// std::runtime_error.
class ClientSocket {
 public:
  explicit ClientSocket(std::uint16_t port, std::size_t buffer_bytes = 256UZ * 1024);
  ~ClientSocket();
  ClientSocket(ClientSocket&& other) noexcept;
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  void send(std::string_view bytes) const;
  /// GET of `target` with `Accept: application/x-ndjson` where asked for.
  void send_get(std::string_view target, bool ndjson = false) const;
  /// What has come: at least one byte.
  std::size_t receive(std::span<char> buffer) const;

  /// For who waits for several of them.
  [[nodiscard]] int descriptor() const { return fd_; }

  /// Reads up to the end of an answer's head. Bytes of the body that came along are what `take`
  /// gives first.
  Head receive_head();
  /// The next bytes of the body, still in the transfer coding; valid until the next call.
  std::string_view take();
  /// Reads an answer with a Content-Length to its end; gives the body.
  std::string receive_body(const Head& head);

 private:
  int fd_;
  std::string buffer_;
  std::string_view ahead_;
};

}  // namespace bench
