#include "api/host.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>

#include "core/ascii.h"
#include "core/percent_encoding.h"

namespace picus {
namespace {

constexpr std::string_view kLocalhost = "localhost";

bool is_ip_address(int family, std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  std::array<unsigned char, 16> address{};
  if (text.size() >= terminated.size()) return false;
  text.copy(terminated.data(), text.size());
  return inet_pton(family, terminated.data(), address.data()) == 1;
}

/// RFC 3986, 3.2.2, `reg-name`.
bool is_registered_name(std::string_view text) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (encoded_byte(text.substr(i))) {
      i += 2;
      continue;
    }
    const bool is_alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!is_alphanumeric && !kMarks.contains(c)) return false;
  }
  return true;
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  return text.empty() || (parsed.ec == std::errc{} && parsed.ptr == end);
}

std::string_view without_final_dot(std::string_view name) {
  return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

}  // namespace

std::optional<Host> Host::parse(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t name_bytes =
      bracketed ? text.find(']') + 1 : std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, name_bytes);
  const std::string_view rest = text.substr(name_bytes);
  if (!rest.empty() && (!rest.starts_with(':') || name.empty() || !is_port(rest.substr(1)))) {
    return std::nullopt;
  }
  if (bracketed) {
    if (!name.ends_with(']') || !is_ip_address(AF_INET6, name.substr(1, name.size() - 2))) {
      return std::nullopt;
    }
    return Host{.name = name, .is_address = true};
  }
  const bool is_address = is_ip_address(AF_INET, name);
  if (!is_address && !is_registered_name(name)) return std::nullopt;
  return Host{.name = name, .is_address = is_address};
}

bool Host::is_named(std::string_view other) const {
  return equals_ignoring_case(without_final_dot(name), without_final_dot(other));
}

bool Host::is_localhost() const {
  const std::string_view own = without_final_dot(name);
  if (own.size() <= kLocalhost.size()) return equals_ignoring_case(own, kLocalhost);
  const std::size_t dot = own.size() - kLocalhost.size() - 1;
  return dot > 0 && own[dot] == '.' && equals_ignoring_case(own.substr(dot + 1), kLocalhost);
}

}  // namespace picus
