#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>

struct bio_method_st;
struct ssl_ctx_st;

namespace picus::net {

/// The files of a certificate, both PEM.
struct TlsFiles {
  std::filesystem::path cert;  ///< followed by the intermediate certificates
  std::filesystem::path key;
};

/// What the TLS connections of a server share: a certificate and its key. They use TLS 1.2 with
/// ECDHE and AEAD or TLS 1.3, and speak HTTP/1.1. Thread-safe.
class TlsContext {
 public:
  /// The error names the file and what is wrong with it.
  static std::expected<std::shared_ptr<const TlsContext>, std::string> load(const TlsFiles& files);

  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// When the certificate ends.
  [[nodiscard]] std::chrono::sys_seconds expires() const { return expires_; }
  /// How long before its end a renewal is overdue.
  [[nodiscard]] std::chrono::seconds renewal_time() const;

 private:
  friend class TlsSession;
  struct Deleter {
    void operator()(bio_method_st* method) const;
    void operator()(ssl_ctx_st* context) const;
  };

  TlsContext();
  void read_validity();

  std::unique_ptr<bio_method_st, Deleter> socket_method_;
  std::unique_ptr<ssl_ctx_st, Deleter> context_;
  std::chrono::sys_seconds begins_;
  std::chrono::sys_seconds expires_;
};

}  // namespace picus::net
