#include "json/item_parser.h"

#include <boost/json/basic_parser_impl.hpp>

#include "json/error_position.h"
#include "json/member_writer.h"

namespace picus::json {
namespace {

using boost::json::error;
using boost::json::error_code;

ParseError syntax_error(std::string_view text, std::size_t offset, std::string_view reason) {
  return {Fault::syntax, explain_syntax(text, offset, reason)};
}

// "at byte 5: …", where the byte is the beginning of the token that the parse stopped in.
ParseError breach(std::string_view text, std::size_t stopped, Fault fault,
                  std::string_view message) {
  std::string located = "at byte " + std::to_string(locate(text, stopped).token) + ": ";
  return {fault, located.append(message)};
}

std::string_view surrogate_reason(const error_code& ec) {
  const bool surrogate =
      ec == error::illegal_leading_surrogate || ec == error::illegal_trailing_surrogate;
  return surrogate ? kLoneSurrogate : "";
}

boost::json::parse_options options() {
  boost::json::parse_options options;
  options.max_depth = ItemParser::kMaxDepth;
  return options;
}

// Why the parser gave an object up.
ParseError explain(const MemberWriter& writer, std::string_view text, std::size_t stopped,
                   const error_code& ec) {
  if (writer.breach()) {
    return breach(text, stopped, writer.breach()->fault, writer.breach()->message);
  }
  if (ec == error::too_deep) {
    return breach(text, stopped, Fault::too_deep,
                  "member " + quoted(writer.innermost_name()) + " is nested deeper than " +
                      std::to_string(ItemParser::kMaxDepth) + " levels, the item included");
  }
  if (ec == error::exponent_overflow) {
    return breach(text, stopped, Fault::invalid_number,
                  "the number in member " + quoted(writer.innermost_name()) +
                      " has an exponent that is out of range");
  }
  return syntax_error(text, stopped, surrogate_reason(ec));
}

}  // namespace

struct ItemParser::State {
  boost::json::basic_parser<MemberWriter> parser{options()};
};

ItemParser::ItemParser() : state_(std::make_unique<State>()) {}
ItemParser::~ItemParser() = default;

std::expected<ParsedItem, ParseError> ItemParser::parse(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    return std::unexpected(
        syntax_error(text, text.size(), "the text is empty; expected a JSON object"));
  }
  const bool is_object = text[first] == '{';
  auto& parser = state_->parser;
  parser.reset();
  parser.handler().begin(text, is_object);
  error_code ec;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && read < text.size()) {
    return std::unexpected(syntax_error(text, read, "expected the end of the text"));
  }
  const bool json = !ec || ec == error::too_deep || ec == error::exponent_overflow;
  if (!is_object && json) {
    return std::unexpected(breach(text, first, Fault::not_an_object, "expected a JSON object"));
  }
  if (ec) return std::unexpected(explain(parser.handler(), text, read, ec));
  return parser.handler().item();
}

}  // namespace picus::json
