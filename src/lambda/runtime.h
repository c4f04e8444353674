#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "core/log.h"
#include "lambda/invocation.h"
#include "net/client/http_pool.h"

namespace picus::lambda {

namespace asio = boost::asio;

/// The client of the Runtime API of Lambda: takes one invocation after the other, and posts their
/// responses. A connection that was closed while the process was frozen is reopened once.
class Runtime {
 public:
  using Handler = std::function<asio::awaitable<std::string>(Invocation)>;
  /// Called when the response is posted. Lambda may freeze the process once it returns, or at the
  /// deadline.
  using AfterResponse =
      std::function<asio::awaitable<void>(std::chrono::steady_clock::time_point deadline)>;

  /// `address`: `127.0.0.1:9001`, of AWS_LAMBDA_RUNTIME_API. `log` outlives it.
  Runtime(const std::string& address, Log& log);

  /// Runs until the Runtime API fails; returns the reason. An exception of `handle` is posted as
  /// the error of its invocation; its text only if it is a FailedInvocation. SIGTERM and SIGINT end
  /// the process, during an invocation after its response is posted.
  asio::awaitable<std::string> serve(Handler handle, AfterResponse after = {});

  /// Reports that the function cannot start; the process must end then. `reason` is for the
  /// operator. False: the Runtime API did not accept it.
  asio::awaitable<bool> fail_to_start(std::string reason);

 private:
  using Sent = std::expected<net::HttpResponse, net::TransportError>;

  asio::awaitable<std::expected<Invocation, std::string>> next();
  asio::awaitable<std::string> respond(const Invocation* invocation, std::string answer);
  asio::awaitable<std::string> report_error(const Invocation* invocation, std::string type,
                                            std::string message);
  asio::awaitable<Sent> post(std::string target, std::string body,
                             std::vector<net::RequestHeader> headers = {});

  std::string origin_;
  Log& log_;
  net::HttpPool pool_;
};

}  // namespace picus::lambda
