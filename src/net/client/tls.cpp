#include "net/client/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/files.h"

namespace picus::net {

namespace {

/// Where systems keep the authorities they trust: Debian, Amazon Linux and Fedora, SUSE, Alpine.
constexpr std::array<const char*, 4> kSystemBundles{"/etc/ssl/certs/ca-certificates.crt",
                                                    "/etc/pki/tls/certs/ca-bundle.crt",
                                                    "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

std::string last_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "TLS failed" : reason;
}

int socket_of(BIO* bio) { return *static_cast<const int*>(BIO_get_data(bio)); }

// OpenSSL's own socket BIO would raise SIGPIPE where the peer has gone.
int write_socket(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  while (true) {
    const auto sent = ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<int>(sent);
    if (errno == EINTR) continue;
    if (errno == EAGAIN) BIO_set_retry_write(bio);
    return -1;
  }
}

int read_socket(BIO* bio, char* space, int size) {
  BIO_clear_retry_flags(bio);
  while (true) {
    const auto received = ::recv(socket_of(bio), space, static_cast<std::size_t>(size), 0);
    if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    if (received >= 0) return static_cast<int>(received);
    if (errno == EINTR) continue;
    if (errno == EAGAIN) BIO_set_retry_read(bio);
    return -1;
  }
}

long control_socket(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

bool trust(SSL_CTX* context, const std::filesystem::path& bundle) {
  return SSL_CTX_load_verify_file(context, bundle.c_str()) == 1;
}

bool trust_system(SSL_CTX* context) {
  for (const char* bundle : kSystemBundles) {
    std::error_code ignored;
    if (std::filesystem::exists(bundle, ignored) && trust(context, bundle)) return true;
  }
  return false;
}

}  // namespace

void TlsClient::Deleter::operator()(bio_method_st* method) const { BIO_meth_free(method); }
void TlsClient::Deleter::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void TlsClient::Deleter::operator()(ssl_session_st* session) const { SSL_SESSION_free(session); }
void TlsClient::Deleter::operator()(ssl_st* stream) const { SSL_free(stream); }

TlsClient::TlsClient() : socket_method_(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket")) {
  BIO_meth_set_write(socket_method_.get(), write_socket);
  BIO_meth_set_read(socket_method_.get(), read_socket);
  BIO_meth_set_ctrl(socket_method_.get(), control_socket);
  // A static program cannot load what the system's openssl.cnf may name.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);  // one system call a record, not two
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, note_session);
}

TlsClient::~TlsClient() = default;

std::expected<std::unique_ptr<TlsClient>, std::string> TlsClient::make(
    const std::filesystem::path& ca_bundle) {
  std::unique_ptr<TlsClient> client(new TlsClient);
  ERR_clear_error();
  if (ca_bundle.empty()) {
    if (trust_system(client->context_.get())) return client;
    return std::unexpected("no trusted certificates were found on this system");
  }
  if (const auto usable = check_file(ca_bundle); !usable) return std::unexpected(usable.error());
  if (trust(client->context_.get(), ca_bundle)) return client;
  return std::unexpected(ca_bundle.string() + " has no trusted certificates: " + last_error());
}

/// OpenSSL hands over what a later connection can resume; 1 keeps it.
int TlsClient::note_session(SSL* stream, SSL_SESSION* session) {
  auto* owner = static_cast<TlsStream*>(SSL_get_app_data(stream));
  TlsClient& client = owner->client_;
  const std::scoped_lock lock(client.mutex_);
  client.sessions_[owner->server_] = Session(session);
  return 1;
}

void TlsClient::resume(SSL* stream, const std::string& server) {
  const std::scoped_lock lock(mutex_);
  const auto found = sessions_.find(server);
  if (found != sessions_.end()) SSL_set_session(stream, found->second.get());
}

TlsStream::TlsStream(TlsClient& client, int socket, const ServerUrl& server)
    : client_(client),
      socket_(socket),
      server_(server.authority),
      stream_(SSL_new(client.context_.get())) {
  SSL* stream = stream_.get();
  BIO* bio = BIO_new(client.socket_method_.get());
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(stream, bio, bio);
  SSL_set_app_data(stream, this);
  X509_VERIFY_PARAM* param = SSL_get0_param(stream);
  // An IP address is looked for among the certificate's addresses; it is no name to announce.
  if (X509_VERIFY_PARAM_set1_ip_asc(param, server.host.c_str()) != 1) {
    // A common name is no name of a server (RFC 9525, 2).
    X509_VERIFY_PARAM_set_hostflags(
        param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    X509_VERIFY_PARAM_set1_host(param, server.host.data(), server.host.size());
    SSL_set_tlsext_host_name(stream, server.host.c_str());
  }
  client.resume(stream, server_);
}

TlsStream::~TlsStream() {
  // OpenSSL does not resume the session of a connection that was not shut down.
  if (fault_.empty()) SSL_shutdown(stream_.get());
}

TlsStream::Progress TlsStream::handshake() {
  ERR_clear_error();
  return judge(SSL_connect(stream_.get()));
}

TlsStream::Progress TlsStream::read(std::span<char> space, std::size_t& bytes) {
  ERR_clear_error();
  return judge(SSL_read_ex(stream_.get(), space.data(), space.size(), &bytes));
}

TlsStream::Progress TlsStream::write(std::string_view text, std::size_t& bytes) {
  ERR_clear_error();
  return judge(SSL_write_ex(stream_.get(), text.data(), text.size(), &bytes));
}

TlsStream::Progress TlsStream::peek() {
  ERR_clear_error();
  char byte = 0;
  std::size_t bytes = 0;
  return judge(SSL_peek_ex(stream_.get(), &byte, 1, &bytes));
}

bool TlsStream::has_pending() const { return SSL_has_pending(stream_.get()) == 1; }

TlsStream::Progress TlsStream::judge(int result) {
  if (result == 1) return Progress::done;
  const int saved_errno = errno;
  switch (SSL_get_error(stream_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Progress::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Progress::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return Progress::ended;
    case SSL_ERROR_SYSCALL:
      fault_ = std::system_category().message(saved_errno);
      return Progress::failed;
    default:
      break;
  }
  const long verdict = SSL_get_verify_result(stream_.get());
  fault_ = verdict == X509_V_OK
               ? last_error()
               : std::string("certificate: ") + X509_verify_cert_error_string(verdict);
  return Progress::failed;
}

}  // namespace picus::net
