#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Exact JSON. This folder does not depend on the rest of Picus.
namespace picus::json {

/// The maximum length of a member name: DynamoDB's limit for the name of an attribute.
inline constexpr std::size_t kMaxNameBytes = 65535;

/// The rule of the contract that a text violates.
enum class Fault : std::uint8_t {
  syntax,          ///< not JSON, invalid UTF-8, or a lone surrogate
  duplicate_name,  ///< a member name twice in one object, at any depth
  not_an_object,
  invalid_id,  ///< `id` is not a string (the caller checks its length and characters)
  /// More than 256 characters or 38 significant digits, or a magnitude that DynamoDB cannot hold.
  invalid_number,
  invalid_name,   ///< a member name that is empty or has over kMaxNameBytes, at any depth
  reserved_name,  ///< a top-level name that begins with `picus:`
  too_deep,
};

struct ParseError {
  Fault fault;
  std::string message;  ///< for the client: what, where (byte offset or member), and the limit
};

/// The parts of an item. The views are valid until the next call of the parser.
struct ParsedItem {
  std::optional<std::string> id;  ///< unescaped
  /// The members without `id`, normalized: `"a":1,"b":[true]`. No white space; order and digits of
  /// numbers are unchanged; strings have the shortest escapes, and everything from U+0020 on as
  /// UTF-8.
  std::string_view members;
  /// The size of the members (names and values) as DynamoDB counts it.
  std::size_t members_dynamodb_bytes;
};

/// Validates and normalizes one JSON object in one pass. Keeps its buffers between calls. Not
/// thread-safe; one per request.
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
