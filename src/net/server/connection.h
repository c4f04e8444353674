#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http.h"
#include "core/turn.h"
#include "net/server/body_stream.h"
#include "net/server/request_head.h"
#include "net/server/response_writer.h"
#include "net/server/server_context.h"
#include "net/server/thread_buffers.h"
#include "net/server/transport.h"

namespace picus::net {

/// What is known about a connection when it is accepted.
struct Admission {
  /// Over the limit: one health request is served, any other request gets 503.
  bool overloaded = false;
  bool trusted_host = false;
  bool tls = false;
};

/// The connection of one client: reads its requests in order, passes them to the Api and writes the
/// responses. For one thread.
class Connection : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// `timer`: that of the executor. All but `socket` and `admission` outlive the connection.
  Connection(ServerContext& context, ThreadBuffers& buffers, const Socket::Executor& executor,
             DeadlineTimer& timer, FileDescriptor socket, Admission admission);
  ~Connection();

  /// Serves until either side closes the connection.
  asio::awaitable<void> serve();

  /// Accepts no more requests: a request in flight is completed, an idle connection is closed.
  void stop();
  /// Closes the connection without a response.
  void cut();

 private:
  enum class HeadEnd : std::uint8_t { complete, refused, over };

  asio::awaitable<HeadEnd> start_tls();
  asio::awaitable<Socket::Wake> wait_to_begin(WaitingRoom::For what, TlsSession::Handshake step,
                                              Socket::Clock::time_point* deadline);
  void end_handshake(std::string_view fault) const;
  asio::awaitable<HeadEnd> read_head();
  std::optional<HeadEnd> judge_head();
  asio::awaitable<std::optional<HeadEnd>> wait_for_head();
  HeadEnd refuse(ErrorCode code, std::string message);
  [[nodiscard]] Socket::Clock::time_point head_deadline() const;

  asio::awaitable<bool> exchange();
  asio::awaitable<Response> answer(BodyStream* body);
  asio::awaitable<bool> write(Response* response, Delivery delivery);
  [[nodiscard]] bool may_stay(const Response& response, BodyStream* body) const;
  asio::awaitable<void> write_refusal();
  asio::awaitable<bool> flush();
  asio::awaitable<void> linger(std::uint64_t most_bytes);
  Socket::Received drop_some(std::uint64_t* left);
  asio::awaitable<void> drop_rest(std::uint64_t most_bytes);

  /// After what is no request: its length is not known.
  static constexpr std::uint64_t kMostAfterRefusal = 16UZ * 1024 * 1024;
  void log_access(const Response& response, std::uint64_t bytes_in, std::uint64_t bytes_out,
                  bool aborted);
  Response bug(std::string_view what, std::string_view request_id);

  ServerContext& context_;
  ThreadBuffers& buffers_;
  Transport transport_;
  WaitingRoom::Seat seat_;
  std::unique_ptr<Workspace> space_;  ///< none while idle
  HeadScanner scanner_;
  std::optional<Error> refusal_;
  /// This request's first byte, or, later, the end of its head; or the wait for it.
  Socket::Clock::time_point began_;
  Turn turn_;  ///< since the last wait for a request
  bool turn_is_over_ = false;
  Admission admission_;
  bool waiting_ = false;  ///< for a request's first byte
  bool fresh_ = true;     ///< no request has arrived yet
};

}  // namespace picus::net
