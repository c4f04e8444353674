#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cli/output.h"
#include "cli/signals.h"

namespace picus::cli {

/// The file of the items that an import could not store, one per line, to be corrected and imported
/// again. It appears when the import ends, if there are such items, and only its owner may read it.
class Rejects {
 public:
  /// Fails if the file exists. `signals` outlives it. The error is for the user.
  static std::expected<Rejects, std::string> open(const std::filesystem::path& file,
                                                  const Signals& signals);

  /// Adds an item, or a part of one. Line ends in it become spaces, which are equivalent in JSON.
  void add(std::string_view text, bool goes_on);
  /// Renames the file to its final name, unless it is empty. Returns the error, if any.
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
