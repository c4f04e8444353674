#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace picus::lambda {

/// The path, as it was decoded by who passes it on, encoded again. A `%2F` of the client is lost.
std::string encode_path(std::string_view decoded);

/// A part of a target that came as the client wrote it. What no target has (white space, controls,
/// and the characters in `marks`) is encoded.
void append_written(std::string& out, std::string_view written, std::string_view marks);

/// The path after the segments that begin it, as `/prod`; nothing where it begins otherwise, or
/// where there are none.
std::optional<std::string_view> without_prefix(std::string_view path, std::string_view prefix);

/// Puts a query together, parameter after parameter.
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
