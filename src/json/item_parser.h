#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Exact JSON. This folder knows nothing of the rest of Picus.
namespace picus::json {

/// Which rule of the contract a text broke.
enum class Fault : std::uint8_t {
  syntax,          ///< not JSON, invalid UTF-8, or a lone surrogate
  duplicate_name,  ///< a member name twice in one object, at any depth
  not_an_object,
  invalid_id,  ///< `id` is not a string (its length and characters are the caller's to judge)
  /// More than 256 characters or 38 significant digits, or a magnitude that DynamoDB cannot hold.
  invalid_number,
  invalid_name,   ///< an empty member name, at any depth
  reserved_name,  ///< a top-level name that begins with `picus:`
  too_deep,
};

struct ParseError {
  Fault fault;
  std::string message;  ///< for the client: what, where (byte offset or member), and the limit
};

/// An item's text, taken apart. The views live until the parser's next call.
struct ParsedItem {
  std::optional<std::string> id;  ///< unescaped
  /// The members without `id`, normalised: `"a":1,"b":[true]`. No white space; order, and numbers'
  /// digits, as they came; strings with the shortest escapes, everything from U+0020 on as UTF-8.
  std::string_view members;
  std::size_t members_dynamodb_bytes;  ///< what DynamoDB counts for the members (names and values)
};

/// Validates and normalises one JSON object in one pass. Keeps its buffers from call to call.
/// Not thread-safe; one for a request.
class ItemParser {
 public:
  static constexpr std::size_t kMaxDepth = 32;  ///< the item itself is level 1

  ItemParser();
  ~ItemParser();
  std::expected<ParsedItem, ParseError> parse(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picus::json
