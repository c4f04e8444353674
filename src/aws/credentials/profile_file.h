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

/// The kind of shared file of AWS: the names of their sections differ.
enum class ProfileFile { credentials, config };

/// Parses such a file like the AWS CLI (Python's configparser: indented lines continue a value, `:`
/// is equivalent to `=`), and skips a byte order mark. Nothing: it has no profile `name`. The error
/// has the number of the line for which the AWS CLI refuses the file too, but nothing of its
/// content.
std::expected<std::optional<Profile>, std::string> read_profile(std::string_view text,
                                                                ProfileFile file,
                                                                std::string_view name);

}  // namespace picus::aws
