#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "net/client/server_url.h"

struct bio_method_st;
struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace picus::net {

/// What all TLS connections of a client share: TLS 1.2 or later, the trusted certificates, and the
/// last session with each server. Thread-safe.
class TlsClient {
 public:
  /// `ca_bundle`: trusted certificates (PEM); empty: the system's. The error names the file
  /// that cannot be used.
  static std::expected<std::unique_ptr<TlsClient>, std::string> make(
      const std::filesystem::path& ca_bundle);
  ~TlsClient();

 private:
  friend class TlsStream;
  struct Deleter {
    void operator()(bio_method_st* method) const;
    void operator()(ssl_ctx_st* context) const;
    void operator()(ssl_session_st* session) const;
    void operator()(ssl_st* stream) const;
  };
  using Session = std::unique_ptr<ssl_session_st, Deleter>;

  TlsClient();
  static int note_session(ssl_st* stream, ssl_session_st* session);
  void resume(ssl_st* stream, const std::string& server);

  std::unique_ptr<bio_method_st, Deleter> socket_method_;
  std::unique_ptr<ssl_ctx_st, Deleter> context_;
  std::mutex mutex_;
  std::map<std::string, Session> sessions_;  // under mutex_; by authority
};

/// TLS on a connected non-blocking socket. The certificate of the peer must match the host name of
/// the server. For one thread.
class TlsStream {
 public:
  enum class Progress : std::uint8_t { done, wants_read, wants_write, ended, failed };

  /// `client` outlives it. The caller owns `socket` and keeps it open.
  TlsStream(TlsClient& client, int socket, const ServerUrl& server);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  Progress handshake();
  Progress read(std::span<char> space, std::size_t& bytes);
  Progress write(std::string_view text, std::size_t& bytes);
  /// Whether there is something to read. Reads nothing.
  Progress peek();
  /// Whether bytes were read from the socket that read() has not returned yet.
  [[nodiscard]] bool has_pending() const;

  /// After `failed`: what went wrong.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  friend class TlsClient;
  Progress judge(int result);

  TlsClient& client_;
  int socket_;
  std::string server_;
  std::string fault_;
  std::unique_ptr<ssl_st, TlsClient::Deleter> stream_;
};

}  // namespace picus::net
