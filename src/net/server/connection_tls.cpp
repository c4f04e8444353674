// How a connection with TLS begins.

#include <algorithm>

#include "net/server/connection.h"

namespace picus::net {

namespace {

/// The first byte of TLS (RFC 8446, 5.1).
constexpr unsigned char kHandshakeRecord = 22;

}  // namespace

/// The TLS handshake. A client that sends nothing holds no more than one without TLS does.
asio::awaitable<Connection::HeadEnd> Connection::start_tls() {
  waiting_ = true;
  auto deadline = head_deadline();
  auto wake = Socket::Wake::stopped;
  while (wake == Socket::Wake::stopped) {
    wake = co_await wait_to_begin(WaitingRoom::For::head, TlsSession::Handshake::needs_bytes,
                                  &deadline);
  }
  const auto first = transport_.first_byte();
  if (wake != Socket::Wake::ready || !first) co_return HeadEnd::over;
  if (*first != kHandshakeRecord) {
    space_ = buffers_.take_workspace();
    co_return refuse(ErrorCode::bad_request,
                     "This port is for TLS, and the request is not encrypted: use https.");
  }
  WaitingRoom& waiting = buffers_.waiting();
  if (waiting.count(WaitingRoom::For::handshake) >= context_.handshakes_per_thread &&
      waiting.close_one(WaitingRoom::For::handshake, WaitingRoom::For::handshake)) {
    context_.metrics.count(ServerMetrics::Connection::cut);
  }
  TlsSession& session = transport_.start_tls(context_.certificate->current());
  while (true) {
    const auto step = session.shake_hands();
    if (step == TlsSession::Handshake::done) break;
    if (step == TlsSession::Handshake::failed) {
      end_handshake(session.fault());
      transport_.stop_tls();
      co_await drop_rest(kMostAfterRefusal);
      co_return HeadEnd::over;
    }
    wake = co_await wait_to_begin(WaitingRoom::For::handshake, step, &deadline);
    if (wake == Socket::Wake::cut || wake == Socket::Wake::overdue) {
      end_handshake(wake == Socket::Wake::cut ? "the connection was closed"
                                              : "not complete in time");
      transport_.stop_tls();
      co_return HeadEnd::over;
    }
  }
  end_handshake({});
  waiting_ = false;
  began_ = Socket::Clock::now();
  co_return HeadEnd::complete;
}

/// Before the first request. When the server stops, the deadline is soon.
asio::awaitable<Socket::Wake> Connection::wait_to_begin(WaitingRoom::For what,
                                                        TlsSession::Handshake step,
                                                        Socket::Clock::time_point* deadline) {
  const bool writes = step == TlsSession::Handshake::needs_room;
  buffers_.waiting().enter(seat_, what);
  const auto wake = co_await (writes ? transport_.socket_writable(*deadline)
                                     : transport_.socket_readable(*deadline));
  seat_.leave();
  if (wake == Socket::Wake::stopped) *deadline = std::min(*deadline, head_deadline());
  co_return wake;
}

/// `fault`: why it failed; empty: it did not.
void Connection::end_handshake(std::string_view fault) const {
  context_.metrics.count_handshake(fault.empty());
  if (fault.empty()) return;
  context_.log.write(Level::debug, "tls-handshake-failed", {{"detail", fault}});
}

}  // namespace picus::net
