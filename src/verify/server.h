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
#include "verify/leftovers.h"

namespace picus::verify {

namespace asio = boost::asio;

/// What is asked of the server.
struct Question {
  std::string method;
  std::string target;
  std::vector<net::RequestHeader> headers = {};
  std::string body = {};
  std::string makes = {};  ///< the key of an item that may exist afterwards
};

/// What the contract says of the answer.
struct Expected {
  unsigned status;
  std::string_view problem = {};  ///< the code of the problem that the body has to be
};

/// An answer as expected, or what is wrong with it, for the operator.
using Asked = std::expected<net::PooledResponse, std::string>;

/// The server that is verified, for one run. Each request has an id of its own, which its answer
/// has to bear. For one thread.
class Server {
 public:
  using Clock = std::chrono::steady_clock;
  struct Options {
    std::string origin;                 ///< `https://host`, `http://127.0.0.1:8080`
    std::string run;                    ///< begins the request ids
    ClientToken proof;                  ///< of who asks
    std::chrono::milliseconds timeout;  ///< for each answer
    std::function<bool()> stops = {};   ///< whether the run was interrupted
  };

  /// `pool` and `leftovers` outlive it.
  Server(net::HttpPool& pool, Leftovers& leftovers, Options options);

  /// Asks once; whatever the answer is, it is good. No request is begun after the deadline.
  asio::awaitable<Asked> send(Question question);
  /// As above, and the answer has to be the expected one.
  asio::awaitable<Asked> ask(Question question, Expected expected);

  /// Until when ask() may take.
  void set_deadline(Clock::time_point deadline) { deadline_ = deadline; }
  /// From now on it asks also where the run was interrupted.
  void ignore_stop() { options_.stops = nullptr; }
  [[nodiscard]] bool stopped() const { return options_.stops && options_.stops(); }

  [[nodiscard]] Clock::time_point deadline() const { return deadline_; }

 private:
  [[nodiscard]] std::string request_id() const;
  void note_failure(const Question& question, const net::TransportError& error, bool is_new);
  [[nodiscard]] std::string words_of(const net::TransportError& error,
                                     Clock::time_point until) const;

  net::HttpPool& pool_;
  Leftovers& leftovers_;
  Options options_;
  Clock::time_point deadline_ = Clock::time_point::max();
  unsigned asked_ = 0;
};

/// What is wrong with an answer of the contract; empty: nothing. `request_id`: that was sent.
std::string fault_of(const net::PooledResponse& answer, const Expected& expected,
                     std::string_view request_id);

/// The member of a JSON object that is a string; empty: there is none, or `text` is no object.
std::string member_of(std::string_view text, std::string_view name);

}  // namespace picus::verify
