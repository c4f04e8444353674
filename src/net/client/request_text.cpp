#include "net/client/request_text.h"

#include <stdexcept>

namespace picus::net {

std::string begin_head(std::string_view method, std::string_view target, std::string_view authority,
                       const std::vector<RequestHeader>& headers) {
  constexpr std::size_t kUsualHeadBytes = 1024;
  std::string head;
  head.reserve(kUsualHeadBytes);
  head.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ");
  head.append(authority).append("\r\n");
  for (const RequestHeader& header : headers) {
    // A line break would begin another header. Whoever reads values from outside checks them.
    if (header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      throw std::invalid_argument("a value of the header " + std::string(header.name) +
                                  " has a line break");
    }
    head.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  return head;
}

}  // namespace picus::net
