#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"

namespace picus::net {

inline constexpr std::size_t kMaxTargetBytes = 8UZ * 1024;
/// Maximum bytes of empty lines before a request line. Old clients send an empty line after a body.
inline constexpr std::size_t kMaxSkippedBytes = 16;

/// Finds the end of the head of a request in bytes that arrive in pieces.
class HeadScanner {
 public:
  enum class State : std::uint8_t {
    incomplete,
    complete,   ///< the head has head_bytes()
    malformed,  ///< cannot become a head: a line ends without CR, or starts with white space
  };

  /// `bytes`: all bytes of the request so far. Scans only the bytes that are new since the last
  /// call.
  State scan(std::string_view bytes);

  /// Includes the empty line at the end, and empty lines before the request line.
  [[nodiscard]] std::size_t head_bytes() const { return line_begin_; }
  /// The bytes of empty lines before the request line, which RFC 9112, 2.2 requires to ignore.
  [[nodiscard]] std::size_t skipped_bytes() const { return head_begin_; }
  [[nodiscard]] bool in_request_line() const { return line_begin_ == head_begin_; }

 private:
  std::size_t head_begin_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t seen_ = 0;
};

/// The head of a request. All views refer to the parsed text, to static text, or to `rewritten`.
struct RequestHead {
  Method method = Method::other;
  std::string_view method_text;
  std::string_view target;  ///< origin form, or `*`
  std::vector<HeaderView> headers;
  bool http11 = true;
  bool keep_alive = true;  ///< requested by the client
  bool chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length;
  std::optional<Host> host;  ///< nothing: there is no Host, which HTTP/1.0 allows

  [[nodiscard]] bool has_body() const { return chunked || content_length.value_or(0) > 0; }
  /// The client's X-Request-Id, empty if there is none.
  [[nodiscard]] std::string_view request_id() const;

  std::string rewritten;  ///< the target, if its absolute form has a query and no path
};

/// Parses a complete head, strictly: it refuses what two servers could interpret differently (RFC
/// 9112, 11.2). Overwrites `head` and reuses its memory. Errors: bad_request, uri_too_long.
Result<void> parse_head(std::string_view text, RequestHead& head);

/// Reads the method and the fields of a head that is refused, as far as it has arrived, for the
/// response and the log line: no part is checked except the names. Overwrites `head`.
void skim_head(std::string_view text, RequestHead& head);

}  // namespace picus::net
