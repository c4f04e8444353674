#include "api/accept.h"

#include <cstddef>

#include "core/ascii.h"

namespace picus {
namespace {

/// `q=0.5` in thousandths; 1000 without one. What is not a weight counts as 0 (RFC 9110, 12.4.2).
int quality(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take_until(parameters, ';');
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    const std::string_view digits = parameter.substr(2);
    if (digits.starts_with('1')) return 1000;
    if (!digits.starts_with("0.")) return 0;
    int weight = 0;
    for (std::size_t i = 2; i < 5; ++i) {
      const char digit = i < digits.size() ? digits[i] : '0';
      weight = weight * 10 + (digit >= '0' && digit <= '9' ? digit - '0' : 0);
    }
    return weight;
  }
  return 1000;
}

}  // namespace

int accepted_weight(const Request& request, std::string_view type) {
  int weight = 0;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, "Accept")) continue;
    for (std::string_view rest = header.value; !rest.empty();) {
      std::string_view parameters = take_until(rest, ',');
      if (equals_ignoring_case(take_until(parameters, ';'), type)) weight = quality(parameters);
    }
  }
  return weight;
}

}  // namespace picus
