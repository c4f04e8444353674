#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials/provider.h"

namespace picus::aws {

/// The variable's value; empty if it is not set.
std::string variable(const Environment& environment, std::string_view name);

/// The next provider is to be tried.
std::unexpected<ProviderError> not_configured(std::string reason);
/// This provider was asked for and has nothing.
std::unexpected<ProviderError> failed(std::string reason);

/// Why keys cannot be sent: one of the texts has a control character, as a line break behind a
/// copied key. Nothing: they can. Never shows the value. `names`: what the id, the secret and the
/// token are called where they were read.
std::optional<std::string> fault_of_keys(const Credentials& credentials,
                                         const std::array<std::string_view, 3>& names);

/// What is in a small file (64 KiB at most); a failure says why it cannot be read. Blocks.
std::expected<std::string, std::string> read_file(const std::string& path);

}  // namespace picus::aws
