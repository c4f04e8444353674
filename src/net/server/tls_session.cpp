#include "net/server/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace picus::net {

namespace {

constexpr std::size_t kRecordBytes = SSL3_RT_MAX_PLAIN_LENGTH;
/// So much is encrypted before it is sent with one system call.
constexpr std::size_t kBatchBytes = 2 * kRecordBytes;
/// A connection between two responses holds no more than this.
constexpr std::size_t kKeptEncryptedBytes = 4096;
/// Replies of the protocol to a client that does not read them.
constexpr std::size_t kMaxEncryptedBytes = 4 * kRecordBytes;
/// A client that sends records without data as fast as they are read must not keep the thread.
constexpr unsigned kMaxReads = 8;

TlsSession* owner_of(BIO* bio) { return static_cast<TlsSession*>(BIO_get_data(bio)); }

void drop_empty(std::span<iovec>& parts) {
  while (!parts.empty() && parts.front().iov_len == 0) parts = parts.subspan(1);
}

void advance(std::span<iovec>& parts, std::size_t bytes) {
  while (bytes > 0) {
    iovec& front = parts.front();
    const std::size_t taken = std::min(bytes, front.iov_len);
    front.iov_base = static_cast<char*>(front.iov_base) + taken;
    front.iov_len -= taken;
    bytes -= taken;
    drop_empty(parts);
  }
}

/// What the next record has. Short parts, as a head and its body, share one in `space`.
std::string_view next_record(std::span<const iovec> parts, std::span<char> space) {
  const iovec& front = parts.front();
  if (parts.size() == 1 || front.iov_len >= space.size()) {
    return {static_cast<const char*>(front.iov_base), std::min(front.iov_len, space.size())};
  }
  std::size_t bytes = 0;
  for (const iovec& part : parts) {
    const std::size_t taken = std::min(part.iov_len, space.size() - bytes);
    if (taken > 0) std::memcpy(space.data() + bytes, part.iov_base, taken);
    bytes += taken;
  }
  return {space.data(), bytes};
}

}  // namespace

void TlsSession::Deleter::operator()(ssl_st* session) const { SSL_free(session); }

BIO_METHOD* TlsSession::make_socket_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "connection");
  BIO_meth_set_read(method, read_socket);
  BIO_meth_set_write(method, write_output);
  BIO_meth_set_ctrl(method, control);
  return method;
}

int TlsSession::read_socket(BIO* bio, char* space, int size) {
  TlsSession& session = *owner_of(bio);
  BIO_clear_retry_flags(bio);
  std::size_t bytes = 0;
  auto received = Socket::Received::nothing_yet;
  if (session.reads_left_ > 0) {
    --session.reads_left_;
    received = session.socket_.receive({space, static_cast<std::size_t>(size)}, bytes);
    session.drained_ = bytes < static_cast<std::size_t>(size);
  }
  switch (received) {
    case Socket::Received::some:
      return static_cast<int>(bytes);
    case Socket::Received::nothing_yet:
      BIO_set_retry_read(bio);
      return -1;
    case Socket::Received::end:
      BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
      return 0;
    case Socket::Received::failed:
      break;
  }
  return -1;
}

int TlsSession::write_output(BIO* bio, const char* bytes, int size) {
  std::string& output = owner_of(bio)->output_;
  BIO_clear_retry_flags(bio);
  if (output.size() > kMaxEncryptedBytes) return -1;
  output.append(bytes, static_cast<std::size_t>(size));
  return size;
}

long TlsSession::control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, Socket& socket)
    : context_(std::move(context)), socket_(socket), session_(SSL_new(context_->context_.get())) {
  BIO* bio = BIO_new(context_->socket_method_.get());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(session_.get(), bio, bio);
  SSL_set_accept_state(session_.get());
}

TlsSession::~TlsSession() = default;

TlsSession::Handshake TlsSession::shake_hands() {
  ERR_clear_error();
  reads_left_ = kMaxReads;
  const int result = SSL_do_handshake(session_.get());
  const bool is_waiting =
      result != 1 && SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_READ;
  failed_ = result != 1 && !is_waiting;
  const auto sent = flush();
  if (failed_ || sent == Socket::Sent::failed) return Handshake::failed;
  if (sent == Socket::Sent::some) return Handshake::needs_room;
  return is_waiting ? Handshake::needs_bytes : Handshake::done;
}

std::string TlsSession::fault() const {
  const unsigned long code = ERR_peek_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "the client closed the connection" : reason;
}

bool TlsSession::may_have_input() const {
  return !drained_ || SSL_has_pending(session_.get()) == 1;
}

bool TlsSession::can_receive() {
  if (failed_ || SSL_pending(session_.get()) > 0) return true;
  ERR_clear_error();
  reads_left_ = kMaxReads;
  char byte = 0;
  std::size_t bytes = 0;
  const int result = SSL_peek_ex(session_.get(), &byte, 1, &bytes);
  const int outcome = SSL_get_error(session_.get(), result);
  failed_ = outcome == SSL_ERROR_SSL || outcome == SSL_ERROR_SYSCALL;
  if (!is_flushed()) flush();
  return outcome != SSL_ERROR_WANT_READ;
}

Socket::Received TlsSession::receive(std::span<char> space, std::size_t& bytes) {
  bytes = 0;
  if (failed_) return Socket::Received::failed;
  ERR_clear_error();
  reads_left_ = kMaxReads;
  const int result = SSL_read_ex(session_.get(), space.data(), space.size(), &bytes);
  const int outcome = SSL_get_error(session_.get(), result);
  if (!is_flushed()) flush();
  switch (outcome) {
    case SSL_ERROR_NONE:
      return Socket::Received::some;
    case SSL_ERROR_WANT_READ:
      return Socket::Received::nothing_yet;
    case SSL_ERROR_ZERO_RETURN:
      return Socket::Received::end;
    default:
      failed_ = true;
      return Socket::Received::failed;
  }
}

Socket::Sent TlsSession::send_now(std::span<iovec>& parts) {
  while (true) {
    const auto flushed = flush();
    if (flushed != Socket::Sent::all) return flushed;
    drop_empty(parts);
    if (parts.empty()) return Socket::Sent::all;
    if (failed_ || !encrypt(parts)) return Socket::Sent::failed;
  }
}

Socket::Sent TlsSession::flush() {
  if (output_.empty()) return Socket::Sent::all;
  iovec rest = part(std::string_view(output_).substr(output_begin_));
  std::span<iovec> parts(&rest, 1);
  const auto sent = socket_.send_now(parts);
  if (sent == Socket::Sent::some) output_begin_ = output_.size() - rest.iov_len;
  if (sent != Socket::Sent::all) return sent;
  output_begin_ = 0;
  output_.clear();
  if (output_.capacity() > kKeptEncryptedBytes) output_.shrink_to_fit();
  return sent;
}

bool TlsSession::encrypt(std::span<iovec>& parts) {
  std::array<char, kRecordBytes> joined;
  while (!parts.empty() && output_.size() < kBatchBytes) {
    const std::string_view record = next_record(parts, joined);
    ERR_clear_error();
    std::size_t bytes = 0;
    if (SSL_write_ex(session_.get(), record.data(), record.size(), &bytes) != 1) {
      failed_ = true;
      return false;
    }
    bytes_sent_ += bytes;
    advance(parts, bytes);
  }
  return true;
}

void TlsSession::end_sending() {
  if (failed_) return;
  ERR_clear_error();
  SSL_shutdown(session_.get());
}

}  // namespace picus::net
