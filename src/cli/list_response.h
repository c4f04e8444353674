#pragma once

#include <string>
#include <string_view>

/// What clients read from the responses to `GET /picus/list`.
namespace picus::cli {

/// The target of a `Link` with `rel="next"`; empty: there is none.
std::string next_of(std::string_view link);

/// Checks that each item of a list in NDJSON is a whole line. It does not parse them: it detects a
/// list that ends early, and text that is no list.
class ItemLines {
 public:
  /// The next piece of the list. False: a line does not begin and end like an object.
  bool take(std::string_view text);

  /// Whether the last line is complete.
  [[nodiscard]] bool is_whole() const { return last_ == '\n'; }

 private:
  char last_ = '\n';
};

}  // namespace picus::cli
