#include "telemetry/utc_time.h"

#include <cstddef>

namespace picus {
namespace {

// Writes `value` with leading zeros, so that its last digit stands at `end - 1`.
void write_digits(char* end, int digits, std::int64_t value) {
  for (; digits > 0; --digits, value /= 10) *--end = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string_view UtcTime::rfc3339(std::chrono::sys_time<std::chrono::microseconds> time) {
  const auto since_epoch = time.time_since_epoch();
  const auto second = std::chrono::floor<std::chrono::seconds>(since_epoch);
  if (second.count() != second_) write_second(second.count());
  write_digits(text_.data() + 26, 6, (since_epoch - second).count());
  return {text_.data(), text_.size()};
}

void UtcTime::write_second(std::int64_t second) {
  const std::chrono::sys_seconds at{std::chrono::seconds(second)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(at - day);
  text_ = std::to_array<char>({'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0', '0', ':',
                               '0', '0', ':', '0', '0', '.', '0', '0', '0', '0', '0', '0', 'Z'});
  char* text = text_.data();
  write_digits(text + 4, 4, int{date.year()});
  write_digits(text + 7, 2, unsigned{date.month()});
  write_digits(text + 10, 2, unsigned{date.day()});
  write_digits(text + 13, 2, clock.hours().count());
  write_digits(text + 16, 2, clock.minutes().count());
  write_digits(text + 19, 2, clock.seconds().count());
  second_ = second;
}

}  // namespace picus
