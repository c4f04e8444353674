#include "core/version.h"

namespace picus {

std::string version_line(std::string_view program) {
  std::string line = std::string(program) + " " + std::string(kVersion);
  if (!commit().empty()) line += " (" + std::string(commit()) + ")";
  return line + "\n";
}

}  // namespace picus
