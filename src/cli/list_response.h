#pragma once

#include <string>
#include <string_view>

#include "net/client/http_message.h"

/// What clients read from the responses to `GET /picus/list`.
namespace picus::cli {

/// The target of the `Link` to the next page (RFC 8288, relation `next`), among any others; empty:
/// there is none.
std::string next_of(const net::ResponseHead& response);

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
