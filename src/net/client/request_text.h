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

/// Begins a request's head: request line, Host, and these headers. An empty line is to end it.
std::string begin_head(std::string_view method, std::string_view target, std::string_view authority,
                       const std::vector<RequestHeader>& headers);

}  // namespace picus::net
