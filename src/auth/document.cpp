#include "auth/document.h"

#include <algorithm>
#include <boost/json.hpp>
#include <vector>

#include "core/concat.h"
#include "json/reader.h"

namespace picus::auth {
namespace {

/// Goes over a text once, as deep as allowed, and compares the names of each object.
class StrictWalk {
 public:
  StrictWalk(std::string_view text, std::size_t max_depth)
      : text_(text), reader_(text), max_depth_(max_depth) {}

  bool run() {
    value(0);
    return reader_.end();
  }

  [[nodiscard]] std::string error() const {
    const std::string_view before = text_.substr(0, reader_.position());
    const auto line = std::ranges::count(before, '\n') + 1;
    const std::size_t column = before.size() - (before.rfind('\n') + 1) + 1;
    return concat("line ", line, ", column ", column, ": ", reader_.reason());
  }

 private:
  // After a failure, the reader has nothing more.
  void value(std::size_t depth) {
    const char first = reader_.peek();
    if (first != '{' && first != '[') {
      reader_.skip();
    } else if (depth == max_depth_) {
      reader_.fail("nested too deeply");
    } else {
      first == '{' ? object(depth + 1) : array(depth + 1);
    }
  }

  void object(std::size_t depth) {
    std::vector<std::string> names;
    reader_.enter('{');
    while (reader_.next('}')) {
      const auto name = reader_.name();
      if (!name) return;
      std::string buffer;
      names.emplace_back(name->unescaped(buffer));
      value(depth);
    }
    std::ranges::sort(names);
    const bool repeats = std::ranges::adjacent_find(names) != names.end();
    if (repeats) reader_.fail("a name occurs twice in the object that ends here");
  }

  void array(std::size_t depth) {
    reader_.enter('[');
    while (reader_.next(']')) value(depth);
  }

  std::string_view text_;
  json::Reader reader_;
  std::size_t max_depth_;
};

}  // namespace

std::expected<boost::json::value, std::string> parse_document(std::string_view text,
                                                              std::size_t max_depth) {
  StrictWalk walk(text, max_depth);
  if (!walk.run()) return std::unexpected(walk.error());
  boost::system::error_code error;
  boost::json::value parsed = boost::json::parse(text, error);
  if (error) return std::unexpected("a number is out of range");
  return parsed;
}

std::optional<std::string_view> as_text(const boost::json::value& value) {
  const boost::json::string* const text = value.if_string();
  if (text == nullptr) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

std::string_view text_member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* const value = object.if_contains(name);
  return value == nullptr ? std::string_view() : as_text(*value).value_or("");
}

}  // namespace picus::auth
