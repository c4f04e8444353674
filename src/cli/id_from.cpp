#include "cli/id_from.h"

#include <cctype>
#include <optional>

#include "json/reader.h"
#include "json/text.h"

namespace picus::cli {
namespace {

/// A member of an item, as it lies in the item's text.
struct Found {
  std::string id;  ///< what it says
  std::size_t begin;
  std::size_t end;
};

/// What a value says as an id. Nothing: another kind of value, or malformed.
std::optional<std::string> read_id(json::Reader& reader) {
  std::string buffer;
  const char first = reader.peek();
  if (first == '"') {
    const auto text = reader.string();
    return text ? std::optional(std::string(text->unescaped(buffer))) : std::nullopt;
  }
  if (first == '-' || std::isdigit(static_cast<unsigned char>(first)) != 0) {
    const auto number = reader.number();
    return number ? std::optional(std::string(*number)) : std::nullopt;
  }
  const std::size_t begin = reader.position();
  if (!reader.skip() || first != '{') return std::nullopt;
  json::Reader object(reader.since(begin));
  object.enter('{');
  if (!object.next('}')) return std::nullopt;
  const auto name = object.name();
  if (!name || name->unescaped(buffer) != "$oid" || object.peek() != '"') return std::nullopt;
  const auto text = object.string();
  if (!text || object.next('}')) return std::nullopt;
  return std::string(text->unescaped(buffer));
}

std::string not_usable(std::string_view member) {
  return "The member " + json::as_string(member) +
         " is neither a string nor a number: it cannot be the id.";
}

}  // namespace

std::expected<std::string, std::string> with_id_from(std::string_view text,
                                                     std::string_view member) {
  json::Reader reader(text);
  reader.enter('{');
  const std::size_t inside = reader.position();
  std::optional<Found> wanted;
  std::optional<std::string> own;
  bool has_own = false;
  std::string buffer;
  while (reader.next('}')) {
    const auto name = reader.name();
    if (!name) break;
    const std::string_view said = name->unescaped(buffer);
    const bool is_wanted = said == member;
    const bool is_own = said == "id";
    reader.peek();
    const std::size_t begin = reader.position();
    if (!is_wanted && !is_own) {
      if (!reader.skip()) break;
      continue;
    }
    auto id = read_id(reader);
    if (reader.failed()) break;
    if (is_own) own = id, has_own = true;
    if (!is_wanted || wanted) continue;
    if (!id) return std::unexpected(not_usable(member));
    wanted = Found{std::move(*id), begin, reader.position()};
  }
  if (reader.failed()) return std::string(text);
  if (!wanted) return std::unexpected("The item has no member " + json::as_string(member) + ".");
  const std::string id = json::as_string(wanted->id);
  if (member == "id") {
    return std::string(text.substr(0, wanted->begin)) + id + std::string(text.substr(wanted->end));
  }
  if (has_own && own != wanted->id) {
    return std::unexpected("The item has both \"id\" and " + json::as_string(member) +
                           ", and they differ.");
  }
  if (has_own) return std::string(text);
  return std::string(text.substr(0, inside)) + "\"id\":" + id + "," +
         std::string(text.substr(inside));
}

}  // namespace picus::cli
