#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <span>
#include <string>

/// Files that users name: configuration, certificates, credentials, tokens.
namespace picus {

/// Checks that a file can be opened, and can be read again when it changes: a regular file, or a
/// device such as /dev/null. Not a pipe: it can only be read once, and makes its reader wait. The
/// error is for the user, and begins with the name of the file.
std::expected<void, std::string> check_file(const std::filesystem::path& file);

/// The content of such a file. Also an error: it has more than `most` bytes.
std::expected<std::string, std::string> read_file(const std::filesystem::path& file,
                                                  std::size_t most);

/// The same for a file that is read once, and so may be a pipe, as in `--token-file <(command)`.
/// Also an error: the pipe has nothing to read for this time.
std::expected<std::string, std::string> read_file_or_pipe(
    const std::filesystem::path& file, std::size_t most,
    std::chrono::milliseconds patience = std::chrono::seconds(20));

/// A warning if users other than its owner can read or change the file; otherwise empty.
std::string warning_of_mode(const std::filesystem::path& file);

/// A text that differs after every change of the files, even if a symbolic link then leads to
/// another file.
std::string state_of(std::span<const std::filesystem::path> files);

/// Makes the names of the files in this directory durable; empty: the current directory. False:
/// errno has the reason.
bool sync_names(const std::filesystem::path& directory);

}  // namespace picus
