#include "net/server/tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

#include "core/files.h"
#include "net/server/tls_session.h"

namespace picus::net {

namespace {

constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20:!PSK";
/// Others cost the server much more than the client, which chooses.
constexpr const char* kGroups = "X25519:P-256:P-384";
/// RSA keys of 2048 bits or more, and what is as strong.
constexpr int kSecurityLevel = 2;

/// The reason of the last failure, or of the one before that caused it.
std::string last_tls_error() {
  const unsigned long code = ERR_peek_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "not usable" : reason;
}

/// Nobody is there to enter a passphrase.
int no_passphrase(char* /*space*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

int choose_protocol(SSL* /*session*/, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned offered_bytes, void* /*data*/) {
  constexpr std::string_view kHttp11 = "http/1.1";
  std::string_view rest(reinterpret_cast<const char*>(offered), offered_bytes);
  while (!rest.empty()) {
    const auto bytes = static_cast<unsigned char>(rest.front());
    const std::string_view name = rest.substr(1, bytes);
    if (name == kHttp11) {
      *chosen = reinterpret_cast<const unsigned char*>(name.data());
      *chosen_bytes = bytes;
      return SSL_TLSEXT_ERR_OK;
    }
    rest.remove_prefix(std::min(rest.size(), 1UZ + bytes));
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// The curve of the certificate's key, if TLS 1.3 has no signatures on it (RFC 8446, 4.2.3) and no
/// client asks for them in TLS 1.2; else empty. OpenSSL finds that out in each handshake.
std::string unusable_curve(const X509* certificate) {
  std::array<char, 64> curve{};
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (EVP_PKEY_is_a(key, "EC") != 1) return {};
  EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr);
  constexpr auto kUsable =
      std::to_array<std::string_view>({SN_X9_62_prime256v1, SN_secp384r1, SN_secp521r1});
  std::string name = curve.data();
  return std::ranges::find(kUsable, name) != kUsable.end() ? std::string() : name;
}

std::chrono::sys_seconds time_of(const ASN1_TIME* text) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(text, &parts) != 1) return {};
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace

void TlsContext::Deleter::operator()(bio_method_st* method) const { BIO_meth_free(method); }
void TlsContext::Deleter::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsContext::TlsContext() : socket_method_(TlsSession::make_socket_method()) {
  // A static program cannot load what the system's openssl.cnf may name.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = context_.get();
  SSL_CTX_set_security_level(context, kSecurityLevel);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphers);
  SSL_CTX_set1_groups_list(context, kGroups);
  // A request says itself where it ends: a client that ends the connection without a word cuts
  // nothing off unnoticed, and one that only ends its sending gets its response.
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);  // one system call a record, not two
  // Clients keep their sessions, as tickets.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
}

TlsContext::~TlsContext() = default;

std::expected<std::shared_ptr<const TlsContext>, std::string> TlsContext::load(
    const TlsFiles& files) {
  for (const auto& file : {files.cert, files.key}) {
    if (auto usable = check_file(file); !usable) return std::unexpected(usable.error());
  }
  std::shared_ptr<TlsContext> made(new TlsContext);
  SSL_CTX* context = made->context_.get();
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, files.cert.c_str()) != 1) {
    return std::unexpected(files.cert.string() + ": not a certificate in PEM: " + last_tls_error());
  }
  ERR_clear_error();
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return std::unexpected(files.key.string() + ": not the key of " + files.cert.string() +
                           ", in PEM without a passphrase: " + last_tls_error());
  }
  if (const std::string curve = unusable_curve(SSL_CTX_get0_certificate(context)); !curve.empty()) {
    return std::unexpected(files.cert.string() +
                           ": TLS has no signatures with its key, which is on the curve " + curve +
                           ": make a key on P-256");
  }
  made->read_validity();
  return made;
}

void TlsContext::read_validity() {
  const X509* certificate = SSL_CTX_get0_certificate(context_.get());
  begins_ = time_of(X509_get0_notBefore(certificate));
  expires_ = time_of(X509_get0_notAfter(certificate));
}

std::chrono::seconds TlsContext::renewal_time() const {
  // Certificates for a few days are renewed when a third of their time is left.
  constexpr std::chrono::days kTwoWeeks{14};
  return std::min<std::chrono::seconds>(kTwoWeeks, (expires_ - begins_) / 3);
}

}  // namespace picus::net
