#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "api/http.h"

namespace picus::net {

/// The header `Date`, with its line end. For one thread.
class DateLine {
 public:
  /// Exact to the second. Valid until the next call.
  std::string_view now();

 private:
  std::time_t second_ = 0;
  std::string text_;
};

/// What the server adds to the head of a response.
struct Framing {
  enum class Body : std::uint8_t { absent, counted, chunked, until_close };

  Body body = Body::absent;
  std::uint64_t bytes = 0;  ///< of a counted body
  bool gzip = false;
  bool vary = false;  ///< whether the response is compressed depends on the client
  bool keep_alive = true;
  bool http11 = true;          ///< the version of the client
  std::string_view date_line;  ///< with its line end
};

/// Appends status line, headers and the empty line.
void append_head(std::string& out, const Response& response, const Framing& framing);

}  // namespace picus::net
