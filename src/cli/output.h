#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "cli/signals.h"

namespace picus::cli {

/// Writes to standard error, as far as that takes it.
void write_error(std::string_view text);
/// Writes to standard output; false: nobody reads it.
bool write_output(std::string_view text);

/// What keeps an Output from taking more.
enum class OutputEnd : std::uint8_t { interrupted, reader_gone, failed };

/// A file that appears when it is complete, or standard output.
class Output {
 public:
  /// `file` is a path, or `-`. It is written as `FILE.partial`, which goes away unless commit()
  /// succeeds. `signals` outlives the Output. The error is for the user.
  static std::expected<Output, std::string> open(const std::filesystem::path& file,
                                                 const Signals& signals);
  Output(Output&& other) noexcept;
  Output& operator=(Output&&) = delete;
  ~Output();

  /// After `failed`: what error() says.
  std::expected<void, OutputEnd> write(std::string_view text);
  /// Makes the file durable and gives it its name; once, after the last write.
  std::expected<void, OutputEnd> commit();

  /// What went wrong, for the user.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  Output(std::filesystem::path file, int descriptor, const Signals& signals);
  std::unexpected<OutputEnd> fail(std::string_view doing);
  [[nodiscard]] bool is_file() const { return !file_.empty(); }

  std::filesystem::path file_;  // empty: standard output
  int descriptor_;
  std::size_t max_piece_;
  const Signals& signals_;
  std::string error_;
};

}  // namespace picus::cli
