#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace picus::net {

struct RequestHeader {
  /// Static text.
  std::string_view name;
  std::string value;
};

/// The head of a request without its last line: request line, Host and these headers. The caller
/// appends the empty line.
std::string begin_head(std::string_view method, std::string_view target, std::string_view authority,
                       const std::vector<RequestHeader>& headers);

}  // namespace picus::net
