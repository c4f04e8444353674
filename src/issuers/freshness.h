#pragma once

#include <chrono>
#include <string_view>

namespace picus::issuers {

/// How long a fetched key set is fresh: `max-age` of Cache-Control without what Age has used up of
/// it, at least 60 s and at most 24 h; without a max-age 10 minutes. Empty texts: no such header.
std::chrono::seconds freshness_of(std::string_view cache_control, std::string_view age);

}  // namespace picus::issuers
