#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "net/client/http_message.h"

namespace picus::net {

/// The head of a response. The caller reads the body to its end or destroys the client.
struct StreamedResponse : ResponseHead {
  std::unique_ptr<ByteStream> body;  ///< lives as long as the client
};

/// One connection to one server, opened on first use and kept alive between requests. Not
/// thread-safe.
class HttpClient {
 public:
  /// `url`: `http://host:port`, `https://host` or `unix:/path`. `timeout` limits connecting and
  /// each wait for the peer. `ca_bundle`: trusted certificates (PEM); empty: those of the system.
  /// `executor`: of an io_context that one thread runs. Errors: invalid_parameter.
  static Result<std::unique_ptr<HttpClient>> make(asio::any_io_executor executor,
                                                  const std::string& url,
                                                  std::chrono::milliseconds timeout,
                                                  std::filesystem::path ca_bundle = {});
  ~HttpClient();

  /// Sends the request and waits for the head of the response. `request.stream` outlives the call.
  /// A response that arrives before the body is sent ends the sending. Errors: store_unavailable
  /// (no connection, a timeout, or the peer violated the protocol).
  asio::awaitable<Result<StreamedResponse>> send(HttpRequest request);

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace picus::net
