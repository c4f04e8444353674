#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace picus::aws {

/// Settings of one profile; names in lower case.
using Profile = std::map<std::string, std::string, std::less<>>;

/// Which of AWS's shared files: they name their sections differently.
enum class ProfileFile { credentials, config };

/// Adds the settings of profile `name` in the text of such a file to `profile`, in place of those
/// that are there. False: the file has no such profile. What cannot be understood is passed over.
bool add_profile(std::string_view text, ProfileFile file, std::string_view name, Profile& profile);

}  // namespace picus::aws
