#pragma once

#include "aws/credentials_provider.h"

namespace picus::aws {

/// The variable's value; empty if it is not set.
std::string variable(const Environment& environment, std::string_view name);

/// The next provider is to be tried.
std::unexpected<ProviderError> not_configured(std::string reason);
/// This provider was asked for and has nothing.
std::unexpected<ProviderError> failed(std::string reason);

/// What is in a small file (64 KiB at most); a failure says why it cannot be read. Blocks.
std::expected<std::string, std::string> read_file(const std::string& path);

}  // namespace picus::aws
