#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "net/client/http_message.h"

namespace picus::net {

/// One connection to one server, opened on first use and kept alive between requests. Not
/// thread-safe.
class HttpClient {
 public:
  /// A result, or why there is none, for the user: `http://host: no response in time.`.
  template <typename T>
  using Got = std::expected<T, std::string>;

  /// `url`: `http://host:port`, `https://host` or `unix:/path`; anything else is the error.
  /// `timeout` limits connecting and each wait for the peer. `ca_bundle`: trusted certificates
  /// (PEM); empty: the system's. `executor`: of an io_context that one thread runs.
  static Got<std::unique_ptr<HttpClient>> make(asio::any_io_executor executor,
                                               const std::string& url,
                                               std::chrono::milliseconds timeout,
                                               std::filesystem::path ca_bundle = {});
  ~HttpClient();

  /// Sends the request and waits for the head of the response. `request.stream` outlives the call.
  /// A response that arrives before the body is sent ends the sending.
  asio::awaitable<Got<ResponseHead>> send(HttpRequest request);
  /// The next piece of the body of that response, valid until the next call; an empty piece is the
  /// end. The caller reads to the end before the next request, or destroys the client.
  asio::awaitable<Got<std::string_view>> read();

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace picus::net
