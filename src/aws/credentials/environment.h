#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials/provider.h"

namespace picus::aws {

/// The value of the variable; empty if it is not set.
std::string variable(const Environment& environment, std::string_view name);
/// The value of the first of these variables that is set and not empty; empty: none is.
std::string first_variable(const Environment& environment,
                           std::initializer_list<std::string_view> names);

/// This provider is not configured: try the next one.
std::unexpected<ProviderError> not_configured(std::string reason);
/// This provider is configured and has no credentials.
std::unexpected<ProviderError> failed(std::string reason);

/// Why keys cannot be sent: one of the texts has a control character, such as a line break after a
/// copied key. Nothing: they can be sent. Never contains the value. `names`: the names of the id,
/// the secret and the token at their source.
std::optional<std::string> fault_of_keys(const Credentials& credentials,
                                         const std::array<std::string_view, 3>& names);

/// The largest size of a file of credentials.
inline constexpr std::size_t kMaxFileBytes = 64UZ * 1024;

}  // namespace picus::aws
