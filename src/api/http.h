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

#include "core/byte_stream.h"
#include "core/error.h"
#include "core/log.h"

/// HTTP messages as the API sees them: no sockets, no wire format. A front (server, Lambda) makes a
/// Request of what it received and sends the Response in its own way.
namespace picus::auth {
class Principal;
}

namespace picus {

namespace asio = boost::asio;

enum class Method : std::uint8_t { get, head, post, del, options, other };
Method method_of(std::string_view name);

struct HeaderView {
  std::string_view name;  ///< as the client spelled it
  std::string_view value;
};

/// What HTTP calls a status: `Not Found`. Empty for one that Picus never answers.
std::string_view reason_phrase(unsigned status);

/// A request. The views and the body stay valid until the answer was sent; the front owns them.
struct Request {
  Method method = Method::other;
  std::string_view target;  ///< origin form, undecoded: `/picus/get/a%2Fb?consistency=eventual`
  std::span<const HeaderView> headers;  ///< in the order received
  ByteStream* body = nullptr;           ///< nullptr: the request has none
  bool overloaded = false;              ///< the front has no room: only health is answered
  bool trusted_host = false;  ///< came in where no web page can reach (unix socket, Lambda event)
  /// When the front has no time left for an answer.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  /// X-Ray's, where the front knows it better than the headers do, and has it in its log lines.
  std::string_view trace = {};
  /// Not 0: the front holds answers as a whole. A list whose text would become longer is a page
  /// with a Link, which ends after the item that passes this.
  std::size_t max_list_bytes = 0;

  /// Who makes it; nullptr: authentication is off. Set by the Api.
  const auth::Principal* principal = nullptr;

  /// The value of the first header of that name (any case), or nothing.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// Whether more than one header of that name came.
  [[nodiscard]] bool repeats(std::string_view name) const;
};

struct Header {
  std::string_view name;  ///< static text
  std::string value;
};

/// An answer. The front adds Date, Content-Length or chunking, Content-Encoding, Connection.
struct Response {
  unsigned status = 200;
  std::vector<Header> headers;
  /// Text, or a stream. A stream that fails means: cut the connection. A null stream goes with
  /// `without_body`: the length is not known.
  std::variant<std::string, std::unique_ptr<ByteStream>> body;
  /// For an answer to HEAD (and 304): `body` is not sent. For HEAD its size is still told, unless
  /// it is a stream.
  bool without_body = false;
  bool close = false;  ///< the connection must not be used again

  // For the log.
  std::string request_id;
  std::string trace;  ///< that the headers tell of, in X-Ray's words; empty: none, or the front's
  std::string_view route = "unknown";  ///< pattern, static text: `/picus/get/{key}`
  std::string unmatched_path;  ///< where no route matches: the path without keys, at most 64 bytes
  std::string principal;       ///< label of who made the request; empty: nobody is proven
  std::optional<Error> error;

  void set(std::string_view name, std::string value);

  /// What the log says of it, valid as long as it is. The front adds the rest.
  [[nodiscard]] AccessRecord access_record() const;
};

}  // namespace picus
