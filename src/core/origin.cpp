#include "core/origin.h"

#include <string>
#include <string_view>

namespace picus {
namespace {

/// `name:port` or `[v6]:port` without the port.
std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool is_ipv4_loopback(std::string_view name) {
  return name.starts_with("127.") &&
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_this_machine(std::string_view host) {
  const std::string_view name = host_name(host);
  constexpr std::string_view kSubdomain = ".localhost";
  return same_name(name, "localhost") || name == "[::1]" || is_ipv4_loopback(name) ||
         (name.size() > kSubdomain.size() &&
          same_name(name.substr(name.size() - kSubdomain.size()), kSubdomain));
}

bool is_same_origin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return same_name(origin.substr(scheme.size()), host);
  }
  return false;
}

}  // namespace

Result<void> check_origin(const Request& request, bool loopback_only) {
  const std::string_view host = request.header("Host").value_or("");
  if (loopback_only && !request.trusted_host && !host.empty() && !is_this_machine(host)) {
    return failure(ErrorCode::cross_origin,
                   "The Host header names another machine. Without authentication this server "
                   "answers to localhost and loopback addresses only.");
  }
  if (const auto origin = request.header("Origin"); origin && !is_same_origin(*origin, host)) {
    return failure(ErrorCode::cross_origin,
                   "The Origin header names another origin than the Host header. Without "
                   "authentication this server does not serve web pages of other origins.");
  }
  const auto site = request.header("Sec-Fetch-Site");
  if (site && *site != "same-origin" && *site != "none") {
    return failure(ErrorCode::cross_origin,
                   "A web page of another origin made this request (Sec-Fetch-Site). Without "
                   "authentication this server does not serve it.");
  }
  return {};
}

}  // namespace picus
