#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/http.h"

namespace picus::net {

/// Begins a request's head: request line, Host, and these headers. An empty line is to end it.
std::string begin_head(std::string_view method, std::string_view target, std::string_view authority,
                       const std::vector<Header>& headers);

}  // namespace picus::net
