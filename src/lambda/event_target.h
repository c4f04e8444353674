#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace picus::lambda {

/// Encodes a path that the source has decoded. A `%2F` of the client is lost.
std::string encode_path(std::string_view decoded);

/// Appends a part of a target that the source has not decoded. Encodes characters that are invalid
/// in a target (white space, control characters, and those in `marks`).
void append_written(std::string& out, std::string_view written, std::string_view marks);

/// The path after its first segments, such as `/prod`; nothing if the path does not start with
/// them, or if they are empty.
std::optional<std::string_view> without_prefix(std::string_view path, std::string_view prefix);

/// Builds a query from parameters.
class Query {
 public:
  void add_decoded(std::string_view name, std::string_view value);
  void add_written(std::string_view name, std::string_view value);

  /// The whole target.
  [[nodiscard]] std::string after(std::string path) const;

 private:
  std::string text_;
};

}  // namespace picus::lambda
