#include "net/client/http_message.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>

namespace picus::net {

std::string_view ResponseHead::header(std::string_view lower_case_name) const {
  const auto found =
      std::ranges::find(headers, lower_case_name, &std::pair<std::string, std::string>::first);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string head_of(const HttpRequest& request, std::string_view authority) {
  constexpr std::size_t kUsualHeadBytes = 1024;
  std::string head;
  head.reserve(kUsualHeadBytes);
  head.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ");
  head.append(authority).append("\r\n");
  for (const RequestHeader& header : request.headers) {
    // A line break would begin another header. Whoever reads values from outside checks them.
    if (header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      throw std::invalid_argument("a value of the header " + std::string(header.name) +
                                  " has a line break");
    }
    head.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  const bool streams = request.stream != nullptr;
  const std::optional<std::uint64_t> size = streams ? request.stream->size() : request.body.size();
  if (!size) {
    head.append("Transfer-Encoding: chunked\r\n");
  } else if (streams || *size > 0 || request.method == "POST" || request.method == "PUT") {
    head.append("Content-Length: ").append(std::to_string(*size)).append("\r\n");
  }
  return head.append("\r\n");
}

}  // namespace picus::net
