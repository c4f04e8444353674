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
/// Empty lines before a request line: what an old client may send behind a body, and no flood.
inline constexpr std::size_t kMaxSkippedBytes = 16;

/// Finds the end of a request's head in bytes that arrive piece by piece.
class HeadScanner {
 public:
  enum class State : std::uint8_t {
    incomplete,
    complete,   ///< head_bytes() belong to it
    malformed,  ///< can never become a head: a line ends without CR, or begins with white space
  };

  /// `bytes`: all that arrived since the request began; looks only at what the last call did not
  /// see.
  State scan(std::string_view bytes);

  /// With the empty line at its end, and with empty lines before the request line.
  [[nodiscard]] std::size_t head_bytes() const { return line_begin_; }
  /// Empty lines before the request line, which RFC 9112, 2.2 asks to ignore.
  [[nodiscard]] std::size_t skipped_bytes() const { return head_begin_; }
  [[nodiscard]] bool in_request_line() const { return line_begin_ == head_begin_; }

 private:
  std::size_t head_begin_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t seen_ = 0;
};

/// A request's head. All views refer to the text that was parsed (or to static text, or to
/// `rewritten`).
struct RequestHead {
  Method method = Method::other;
  std::string_view method_text;
  std::string_view target;  ///< origin form, or `*`
  std::vector<HeaderView> headers;
  bool http11 = true;
  bool keep_alive = true;  ///< what the client wishes
  bool chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length;

  [[nodiscard]] bool has_body() const { return chunked || content_length.value_or(0) > 0; }
  /// The client's X-Request-Id, empty if there is none.
  [[nodiscard]] std::string_view request_id() const;

  std::string rewritten;  ///< where a target in absolute form has a query and no path
};

/// Parses a whole head, strictly: what two servers could understand in two ways is refused (RFC
/// 9112, 11.2). `head` is overwritten, its memory used again; after an error it holds what could be
/// read. Errors: bad_request, uri_too_long.
Result<void> parse_head(std::string_view text, RequestHead& head);

}  // namespace picus::net
