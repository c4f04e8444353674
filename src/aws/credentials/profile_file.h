#pragma once

#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace picus::aws {

/// Settings of one profile; names in lower case. A value may have line breaks.
using Profile = std::map<std::string, std::string, std::less<>>;

/// Which of AWS's shared files: they name their sections differently.
enum class ProfileFile { credentials, config };

/// Reads such a file as the AWS CLI does (Python's configparser: indented lines continue a value,
/// `:` is as good as `=`), and past a byte order mark. Nothing: it has no profile `name`. The error
/// says which line makes the file one that the AWS CLI refuses too; it has nothing of the line.
std::expected<std::optional<Profile>, std::string> read_profile(std::string_view text,
                                                                ProfileFile file,
                                                                std::string_view name);

}  // namespace picus::aws
