#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cli/output.h"
#include "cli/signals.h"

namespace picus::cli {

/// The file of the items that an import could not write, one a line, to be mended and imported
/// again. It appears when the import ends, if there are any, and only its owner may read it.
class Rejects {
 public:
  /// Fails where the file is there already. `signals` outlives it. The error is for the user.
  static std::expected<Rejects, std::string> open(const std::filesystem::path& file,
                                                  const Signals& signals);

  /// Adds an item, or a part of one: line ends in it become spaces, which are the same in JSON.
  void add(std::string_view text, bool goes_on);
  /// Gives the file its name; nothing: it has it, or there is nothing in it. Else what went wrong.
  std::optional<std::string> finish();

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] bool is_empty() const { return is_empty_; }

 private:
  Rejects(std::filesystem::path file, Output output)
      : file_(std::move(file)), output_(std::move(output)) {}

  std::filesystem::path file_;
  Output output_;
  bool is_empty_ = true;
  bool failed_ = false;
};

}  // namespace picus::cli
