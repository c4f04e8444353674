#include "aws/server_clock.h"

#include <ctime>
#include <string>

namespace picus::aws {

std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text) {
  const std::string date(text);
  std::tm parts{};
  const char* end = strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

bool ServerClock::correct(std::string_view http_date, std::chrono::seconds tolerance) {
  const auto date = parse_http_date(http_date);
  if (!date) return false;
  const auto off = std::chrono::round<std::chrono::seconds>(*date - now());
  if (std::chrono::abs(off) <= tolerance) return false;
  offset_.store(std::chrono::round<std::chrono::seconds>(*date - here()),
                std::memory_order_relaxed);
  return true;
}

}  // namespace picus::aws
