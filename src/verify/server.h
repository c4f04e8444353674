#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/client_token.h"
#include "net/client/http_pool.h"
#include "verify/created_items.h"

namespace picus::verify {

namespace asio = boost::asio;

/// A request to the server.
struct Question {
  std::string method;
  std::string target;
  std::vector<net::RequestHeader> headers = {};
  std::string body = {};
  std::string makes = {};  ///< the key of an item that the request may create
};

/// The expected response.
struct Expected {
  unsigned status;
  std::string_view problem = {};  ///< the code of the problem that the body must be
};

/// The expected response, or a description of the error for the operator.
using Asked = std::expected<net::HttpResponse, std::string>;

/// The server that is verified, for one run. Each request has a unique id, which its response must
/// have. For one thread.
class Server {
 public:
  using Clock = std::chrono::steady_clock;
  struct Options {
    std::string origin;                 ///< `https://host`, `http://127.0.0.1:8080`
    std::string run;                    ///< the prefix of the request ids
    ClientToken proof;                  ///< the token of this client
    std::chrono::milliseconds timeout;  ///< for each response
    std::function<bool()> stops = {};   ///< whether the run was interrupted
    std::string traceparent = {};       ///< of all requests; empty: none
  };

  /// `pool` and `created` outlive it.
  Server(net::HttpPool& pool, CreatedItems& created, Options options);

  /// Sends a request once and accepts any response. No request is started after the deadline.
  asio::awaitable<Asked> send(Question question);
  /// The same, and checks that the response is the expected one.
  asio::awaitable<Asked> ask(Question question, Expected expected);

  /// The deadline of ask().
  void set_deadline(Clock::time_point deadline) { deadline_ = deadline; }
  /// From now on requests are sent even if the run was interrupted.
  void ignore_stop() { options_.stops = nullptr; }
  [[nodiscard]] bool stopped() const { return options_.stops && options_.stops(); }

  [[nodiscard]] Clock::time_point deadline() const { return deadline_; }
  /// If the response refuses the token of this client, or demands one: that and what helps;
  /// otherwise empty.
  [[nodiscard]] std::string refusal_in(const net::HttpResponse& answer) const;

 private:
  [[nodiscard]] std::string request_id() const;
  void note_failure(const Question& question, const net::TransportError& error, bool is_new);
  [[nodiscard]] std::string words_of(const net::TransportError& error,
                                     Clock::time_point until) const;

  net::HttpPool& pool_;
  CreatedItems& created_;
  Options options_;
  Authorization authorization_;
  Clock::time_point deadline_ = Clock::time_point::max();
  unsigned asked_ = 0;
};

/// How a response differs from the expected one; empty: not at all. `request_id`: that of the
/// request.
std::string fault_of(const net::HttpResponse& answer, const Expected& expected,
                     std::string_view request_id);

/// A string member of a JSON object; empty: there is none, or `text` is not an object.
std::string member_of(std::string_view text, std::string_view name);

}  // namespace picus::verify
