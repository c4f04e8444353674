#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "net/server/tls_context.h"
#include "net/socket.h"

struct bio_st;
struct ssl_st;

namespace picus::net {

/// The server's side of TLS on a socket. No operation waits. For one thread.
class TlsSession {
 public:
  enum class Handshake : std::uint8_t {
    done,
    needs_bytes,  ///< of the client: call again when the socket is readable
    needs_room,   ///< call again when the socket is writable
    failed,       ///< fault() has the reason; an alert was sent
  };

  /// `socket` outlives it.
  TlsSession(std::shared_ptr<const TlsContext> context, Socket& socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  Handshake shake_hands();
  [[nodiscard]] std::string fault() const;

  /// Whether can_receive() may find something before the socket is readable again.
  [[nodiscard]] bool may_have_input() const;
  /// Whether receive() has something else to report than `nothing_yet`. A socket that is readable
  /// may hold only a part of a record.
  bool can_receive();
  Socket::Received receive(std::span<char> space, std::size_t& bytes);
  /// As Socket::send_now(). A part that is encrypted counts as sent, and Sent::some is returned
  /// until the kernel has it.
  Socket::Sent send_now(std::span<iovec>& parts);
  /// Nothing more is sent after this. send_now() brings the end to the client.
  void end_sending();
  /// Whether the kernel has everything that was to be sent.
  [[nodiscard]] bool is_flushed() const { return output_.empty(); }

  /// Before encryption.
  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }

 private:
  friend class TlsContext;
  struct Deleter {
    void operator()(ssl_st* session) const;
  };

  /// How OpenSSL reads from the socket, and writes into `output_`.
  static struct bio_method_st* make_socket_method();
  static int read_socket(bio_st* bio, char* space, int size);
  static int write_output(bio_st* bio, const char* bytes, int size);
  static long control(bio_st* bio, int command, long number, void* pointer);

  Socket::Sent flush();
  bool encrypt(std::span<iovec>& parts);

  std::shared_ptr<const TlsContext> context_;
  Socket& socket_;
  std::unique_ptr<ssl_st, Deleter> session_;
  std::string output_;            ///< encrypted
  std::size_t output_begin_ = 0;  ///< what is before it was sent
  std::uint64_t bytes_sent_ = 0;
  unsigned reads_left_ = 0;
  bool drained_ = false;  ///< the socket had nothing more at the last look
  bool failed_ = false;
};

}  // namespace picus::net
