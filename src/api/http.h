#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/host.h"
#include "core/byte_stream.h"
#include "core/error.h"
#include "core/log.h"
#include "core/trace.h"

namespace picus::auth {
class Principal;
}

/// HTTP messages of the API, without sockets or a wire format. A front (server, Lambda) makes a
/// Request from what it receives and sends the Response in its format.
namespace picus {

namespace asio = boost::asio;

inline constexpr std::string_view kRequestIdHeader = "X-Request-Id";

enum class Method : std::uint8_t { get, head, post, del, options, other };
Method method_of(std::string_view name);
/// `GET`; of `other`: nothing.
std::string_view name_of(Method method);

struct HeaderView {
  std::string_view name;  ///< as the client sent it
  std::string_view value;
};

/// The reason phrase of a status: `Not Found`. Empty for a status that Picus does not use.
std::string_view reason_phrase(unsigned status);

/// A request. The views and the body stay valid until the response is sent; the front owns them.
struct Request {
  Method method = Method::other;
  std::string_view target;  ///< origin form, undecoded: `/picus/get/a%2Fb?consistency=eventual`
  std::span<const HeaderView> headers;  ///< in the order received
  ByteStream* body = nullptr;           ///< nullptr: the request has none
  bool overloaded = false;  ///< the front is overloaded: only health requests are served
  /// The Host header, if the front has checked that it is one host; otherwise the Api reads it.
  std::optional<Host> host = {};
  /// Arrived where web pages cannot send requests (Unix socket, Lambda event).
  bool trusted_host = false;
  /// The ARN of the caller, if AWS IAM has authorized this method and path; otherwise empty.
  std::string_view iam_caller = {};
  /// When the front needs the response at the latest.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  TraceContext trace = {};  ///< of the headers, or of another source that the front has
  /// Not 0: the front keeps whole responses in memory. A longer list becomes a page with a Link,
  /// which ends after the item that reaches this size.
  std::size_t max_list_bytes = 0;

  /// The authenticated sender; nullptr: authentication is off. Set by the Api.
  const auth::Principal* principal = nullptr;

  /// The value of the first header of that name (any case), or nothing.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// Whether there is more than one header of that name.
  [[nodiscard]] bool repeats(std::string_view name) const;
};

struct Header {
  std::string_view name;  ///< static text
  std::string value;
};

/// A response. The front adds Date, Content-Length or chunking, Content-Encoding, Connection.
struct Response {
  unsigned status = 200;
  std::vector<Header> headers;
  /// A text or a stream. If a stream fails, the front aborts the connection. A null stream with
  /// `without_body`: the length is unknown.
  std::variant<std::string, std::unique_ptr<ByteStream>> body;
  /// For HEAD and 304: `body` is not sent. For HEAD, Content-Length has its size, unless it is a
  /// stream.
  bool without_body = false;
  bool close = false;       ///< the connection must not be used again
  bool has_coding = false;  ///< Content-Encoding and Vary are set: the front adds neither
  /// The list ends because of Request::max_list_bytes: with less, the response is shorter.
  bool is_page_in_memory = false;

  // For the log.
  TraceContext trace;                  ///< of the request
  std::string_view route = "unknown";  ///< pattern, static text: `/picus/get/{key}`
  std::string unmatched_path;  ///< if no route matches: the path without keys, at most 64 bytes
  std::shared_ptr<const auth::Principal> principal;  ///< the authenticated sender; null: none
  std::optional<Error> error;

  void set(std::string_view name, std::string value);
  /// Adds a name to Vary. There is one such header: some events of the function carry no more.
  void vary(std::string_view name);

  /// Its X-Request-Id; empty: it has none yet. Valid as long as the headers.
  [[nodiscard]] std::string_view request_id() const;

  /// The part of the access record that the API knows, valid during the lifetime of the response.
  /// The front adds the rest.
  [[nodiscard]] AccessRecord access_record() const;
};

}  // namespace picus
