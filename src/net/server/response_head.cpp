#include "net/server/response_head.h"

#include <chrono>

#include "core/concat.h"
#include "core/time_text.h"

namespace picus::net {

std::string_view DateLine::now() {
  const std::time_t second = std::time(nullptr);
  if (second != second_ || text_.empty()) {
    second_ = second;
    text_ = utc_text(std::chrono::system_clock::from_time_t(second),
                     "Date: %a, %d %b %Y %H:%M:%S GMT\r\n");
  }
  return text_;
}

void append_head(std::string& out, const Response& response, const Framing& framing) {
  out += "HTTP/1.1 ";
  append_number(out, response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  out += framing.date_line;
  for (const auto& header : response.headers) {
    out += header.name;
    out += ": ";
    out += header.value;
    out += "\r\n";
  }
  if (framing.gzip) out += "Content-Encoding: gzip\r\n";
  if (framing.vary) out += "Vary: Accept-Encoding\r\n";
  if (framing.body == Framing::Body::counted) {
    out += "Content-Length: ";
    append_number(out, framing.bytes);
    out += "\r\n";
  } else if (framing.body == Framing::Body::chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  if (!framing.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!framing.http11) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

}  // namespace picus::net
