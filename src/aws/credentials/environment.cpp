#include "aws/credentials/environment.h"

#include <algorithm>
#include <utility>

namespace picus::aws {

std::string variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

std::string first_variable(const Environment& environment,
                           std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (std::string value = variable(environment, name); !value.empty()) return value;
  }
  return {};
}

std::unexpected<ProviderError> not_configured(std::string reason) {
  return std::unexpected(ProviderError{.configured = false, .reason = std::move(reason)});
}

std::unexpected<ProviderError> failed(std::string reason) {
  return std::unexpected(ProviderError{.configured = true, .reason = std::move(reason)});
}

std::optional<std::string> fault_of_keys(const Credentials& credentials,
                                         const std::array<std::string_view, 3>& names) {
  const std::array<std::string_view, 3> values{
      credentials.access_key_id, credentials.secret_access_key, credentials.session_token};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string_view value = values.at(i);
    const auto is_control = [](char c) {
      return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    };
    if (std::ranges::none_of(value, is_control)) continue;
    const bool at_end = value.ends_with('\n') || value.ends_with('\r');
    return std::string(names.at(i)) +
           (at_end ? " ends with a line break" : " contains a control character");
  }
  return std::nullopt;
}

}  // namespace picus::aws
