#pragma once

#include <boost/json/error.hpp>
#include <boost/json/string_view.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "json/item_parser.h"
#include "json/number.h"
#include "json/open_names.h"

namespace picus::json {

/// The handler of Boost's parser: receives its events, checks them, and writes the normalized
/// members. Every value is written with a comma after it; the end of a container removes the last
/// one. The output is never longer than the input.
class MemberWriter {
 public:
  using error_code = boost::json::error_code;
  using string_view = boost::json::string_view;

  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();

  /// Prepares for `text`, which must not move while it is parsed and the item is used. If the text
  /// is not an object, only its syntax is checked: its events are ignored.
  void begin(std::string_view text, bool is_object);

  /// The rule that the text violates, other than the syntax; the message does not have the place
  /// yet.
  [[nodiscard]] const std::optional<ParseError>& breach() const { return breach_; }
  [[nodiscard]] std::string_view innermost_name() const { return names_.last(); }
  ParsedItem item() { return {std::move(id_), members_, dynamodb_bytes_}; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec);
  bool on_object_end(std::size_t count, error_code& ec);
  bool on_array_begin(error_code& ec);
  bool on_array_end(std::size_t count, error_code& ec);
  bool on_key_part(string_view part, std::size_t total, error_code& ec);
  bool on_key(string_view part, std::size_t total, error_code& ec);
  bool on_string_part(string_view part, std::size_t total, error_code& ec);
  bool on_string(string_view part, std::size_t total, error_code& ec);
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view text, error_code& ec) { return on_number(text, ec); }
  bool on_uint64(std::uint64_t, string_view text, error_code& ec) { return on_number(text, ec); }
  bool on_double(double, string_view text, error_code& ec) { return on_number(text, ec); }
  bool on_bool(bool value, error_code& ec);
  bool on_null(error_code& ec);
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  [[nodiscard]] bool verbatim(string_view part, std::size_t total) const;
  std::string_view unescaped_name(string_view last_part, std::size_t total);
  bool accept(std::string_view name);
  bool on_number(string_view text, error_code& ec);
  void add_to_string(string_view part, std::size_t total);
  bool add_literal(std::string_view text_and_comma);
  void close(char bracket, std::size_t count);
  bool wrong_id(std::string_view found, error_code& ec);
  bool wrong_number(std::string_view text, const Number& measured, error_code& ec);

  std::string_view text_;
  bool syntax_only_ = false;
  bool takes_id_ = false;  // the next value is the id of the item
  bool arena_used_ = false;
  std::optional<std::string> id_;
  std::optional<ParseError> breach_;
  OpenNames names_;
  std::string name_;                           // a name with escapes, the part that was read
  std::pmr::monotonic_buffer_resource arena_;  // names with escapes, while names_ refers to them
  std::size_t dynamodb_bytes_ = 0;
  std::string members_;
};

}  // namespace picus::json
