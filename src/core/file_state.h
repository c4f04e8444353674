#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace picus {

/// A text that differs after every change of the files, even if a symbolic link then leads to
/// another file.
std::string state_of(std::span<const std::filesystem::path> files);

}  // namespace picus
