#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_stream.h"
#include "net/client/request_text.h"

namespace picus::net {

struct ClientRequest {
  std::string method;  ///< `GET`
  std::string target;  ///< `/picus/list?limit=10`
  std::vector<RequestHeader> headers;
  ByteStream* body = nullptr;  ///< sent chunked unless its size is known
};

/// The head of a response. The caller reads the body to its end or destroys the client.
struct ClientResponse {
  unsigned status;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::unique_ptr<ByteStream> body;                          ///< lives as long as the client
  [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;
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

  /// Sends the request and waits for the head of the response. `request.body` outlives the call. A
  /// response that arrives before the body is sent ends the sending. Errors: store_unavailable (no
  /// connection, a timeout, or the peer violated the protocol).
  asio::awaitable<Result<ClientResponse>> send(ClientRequest request);

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace picus::net
