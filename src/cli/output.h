#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cli/exit_code.h"
#include "cli/signals.h"

namespace picus::cli {

/// Writes a message to standard error, as far as that takes it. Control characters in it, which
/// come from file names, items and servers, are escaped.
void write_error(std::string_view text);
/// Writes the message of a command that fails to standard error: `picus: MESSAGE`. Returns `code`.
ExitCode fail(std::string_view message, ExitCode code = ExitCode::failed);
/// Writes to standard error without changes: for control sequences of a terminal.
void write_terminal(std::string_view text);
/// Writes to standard output; false: it cannot be written.
bool write_output(std::string_view text);

/// Writes the output of a command to standard output. Failed, with a message: it was not
/// taken.
ExitCode print(std::string_view text);

/// Why an Output accepts no more data. `reader_gone`: that of standard output.
enum class OutputEnd : std::uint8_t { interrupted, reader_gone, failed };

/// A file that appears when it is complete, or standard output.
class Output {
 public:
  struct Owner {
    uid_t user;
    gid_t group;
  };
  struct Options {
    mode_t mode = 0666;       ///< without the bits of the umask
    bool may_replace = true;  ///< an existing file
    /// A signal interrupts a write. False: for small outputs, which are always written completely.
    bool waits_for_signals = true;
    std::optional<Owner> owner = std::nullopt;  ///< of a new file; by default who runs the command
  };

  /// `file` is a path, or `-`. It is written as `FILE.partial`, which is removed unless commit()
  /// is reached. The target of a symbolic link is written, and the link is kept. Devices, pipes and
  /// sockets are written directly. Waits for the reader of a pipe, which a signal interrupts: then
  /// it is pending. `signals` outlives the Output. The error is for the user.
  static std::expected<Output, std::string> open(const std::filesystem::path& file,
                                                 const Signals& signals) {
    return open(file, signals, Options{});
  }
  static std::expected<Output, std::string> open(const std::filesystem::path& file,
                                                 const Signals& signals, Options options);
  Output(Output&& other) noexcept;
  Output& operator=(Output&&) = delete;
  ~Output();

  /// After `failed`, error() has the reason.
  std::expected<void, OutputEnd> write(std::string_view text);
  /// Makes the file durable and renames it to its final name. Called once, after the last write.
  std::expected<void, OutputEnd> commit();

  /// The error, for the user.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  enum class Kind : std::uint8_t { standard_output, file, other };

  Output(Kind kind, std::filesystem::path file, int descriptor, const Signals& signals,
         Options options);
  static std::expected<Output, std::string> open_other(const std::filesystem::path& file,
                                                       const Signals& signals, Options options);
  std::unexpected<OutputEnd> fail(std::string_view doing);

  Kind kind_;
  std::filesystem::path file_;
  int descriptor_;
  Options options_;
  std::size_t max_piece_;
  const Signals& signals_;
  std::string error_;
};

}  // namespace picus::cli
