#include "api/trace.h"

#include <algorithm>
#include <string_view>

namespace picus {
namespace {

bool may_be_passed_on(std::string_view trace) {
  const auto is_plain = [](char c) { return c >= ' ' && c < '\x7F'; };
  return trace.size() <= kMaxTraceBytes && std::ranges::all_of(trace, is_plain);
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Whether one of the fields, which `;` separates, is a Parent.
bool has_parent(std::string_view trace) {
  return trace.starts_with("Parent=") || trace.contains(";Parent=") || trace.contains("; Parent=");
}

/// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`; a later version may go on behind it.
/// W3C Trace Context, 3.2 and 4.3.
std::string of_traceparent(std::string_view header) {
  constexpr std::size_t kLength = 55;
  const bool is_long_enough =
      header.size() == kLength ||
      (header.size() > kLength && header[kLength] == '-' && !header.starts_with("00"));
  if (!is_long_enough || header[2] != '-' || header[35] != '-' || header[52] != '-') return {};
  const std::string_view version = header.substr(0, 2);
  const std::string_view root = header.substr(3, 32);
  const std::string_view parent = header.substr(36, 16);
  const std::string_view flags = header.substr(53, 2);
  if (!is_hex(version) || !is_hex(root) || !is_hex(parent) || !is_hex(flags)) return {};
  if (version == "ff" || root.find_first_not_of('0') == std::string_view::npos) return {};
  std::string trace = "Root=1-";
  trace.append(root.substr(0, 8)).append("-").append(root.substr(8));
  trace.append(";Parent=").append(parent);
  const bool is_sampled = std::string_view("13579bdf").contains(flags[1]);
  return trace + (is_sampled ? ";Sampled=1" : ";Sampled=0");
}

}  // namespace

std::string trace_of(const Request& request) {
  const auto usable = [](std::string_view trace) {
    return may_be_passed_on(trace) ? trace : std::string_view();
  };
  if (const auto trace = usable(request.trace); !trace.empty()) return std::string(trace);
  const std::string_view header = usable(request.header("X-Amzn-Trace-Id").value_or(""));
  // A load balancer that begins a trace sends its Root alone, beside the client's traceparent.
  if (has_parent(header)) return std::string(header);
  std::string trace = of_traceparent(request.header("traceparent").value_or(""));
  return trace.empty() ? std::string(header) : trace;
}

}  // namespace picus
