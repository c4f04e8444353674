#pragma once

#include <filesystem>
#include <memory>
#include <string>

struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace picus::net {

/// For tests: a certificate, made on the spot and signed by an authority of its own.
class LoopbackCertificate {
 public:
  struct Deleter {
    void operator()(evp_pkey_st* key) const;
    void operator()(ssl_ctx_st* context) const;
    void operator()(ssl_st* stream) const;
    void operator()(x509_st* certificate) const;
  };
  struct Wanted {
    /// As in OpenSSL's subjectAltName: `DNS:a.example,IP:…`. Empty: it has none.
    std::string names = "IP:127.0.0.1";
    const char* common_name = "a server";
    long seconds_left = 3600;  ///< negative: it has expired
  };

  explicit LoopbackCertificate(const Wanted& wanted);
  LoopbackCertificate() : LoopbackCertificate(Wanted{}) {}
  ~LoopbackCertificate();
  LoopbackCertificate(const LoopbackCertificate&) = delete;
  LoopbackCertificate& operator=(const LoopbackCertificate&) = delete;

  /// Writes certificate and key, in PEM.
  void write(const std::filesystem::path& certificate, const std::filesystem::path& key) const;
  [[nodiscard]] ssl_ctx_st* server_context() const { return context_.get(); }
  /// A file with the authority's certificate, which lives as long as this.
  [[nodiscard]] const std::filesystem::path& authority() const { return authority_; }

 private:
  std::filesystem::path authority_;
  std::unique_ptr<ssl_ctx_st, Deleter> context_;
};

}  // namespace picus::net
