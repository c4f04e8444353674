#include "cli/recognition.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <vector>

#include "cli/foreign_format.h"
#include "core/ascii.h"
#include "core/concat.h"
#include "json/error_position.h"
#include "json/reader.h"

namespace picus::cli {
namespace {

using Recognised = std::expected<Recognition, std::string>;
using namespace std::string_view_literals;

constexpr std::string_view kSpaces = " \t\r\n\x1e";  // U+001E separates texts (RFC 7464)

/// Whether a shell takes it as one word that means nothing else, and no program as an option.
bool is_plain_word(std::string_view text) {
  return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || "._-/+,:@%"sv.contains(static_cast<char>(c));
  });
}

/// How commands that people copy name the file: a name that a shell would read otherwise is left to
/// them.
std::string_view name_in_command(std::string_view name) {
  return name != "-" && is_plain_word(name) ? name : "FILE"sv;
}

std::unexpected<std::string> refuse(std::string_view what, std::string_view way,
                                    std::string_view name) {
  std::string sentence = "this looks like " + std::string(what) + ": " + std::string(way);
  constexpr std::string_view kName = "FILE";
  const std::string_view used = name_in_command(name);
  for (std::size_t at = sentence.find(kName); at != std::string::npos;
       at = sentence.find(kName, at + used.size())) {
    sentence.replace(at, kName.size(), used);
  }
  return std::unexpected(sentence);
}

/// One JSON text, and whether it has ended.
struct BeginningText {
  enum class State : std::uint8_t { complete, open, malformed };
  State state;
  std::string_view text;  ///< of a malformed one, up to the fault
  std::string fault;
};

/// The text that `head` begins with. `whole`: nothing follows `head`.
BeginningText beginning_text(std::string_view head, bool whole) {
  json::Reader reader(head);
  if (reader.skip()) return {BeginningText::State::complete, head.substr(0, reader.position()), {}};
  // A word, a number or an escape may be cut.
  constexpr std::size_t kLongestCut = 12;
  const bool at_end = reader.position() + kLongestCut >= head.size();
  const auto state =
      at_end && !whole ? BeginningText::State::open : BeginningText::State::malformed;
  return {state, head.substr(0, reader.position()), reader.error()};
}

bool is_object(std::string_view line) {
  if (!line.starts_with('{')) return false;
  json::Reader reader(line);
  return reader.skip() && reader.end();
}

/// Whether a line of the text is an object by itself, not a part of one that goes over more lines.
bool has_object_line(std::string_view head) {
  while (!head.empty()) {
    const std::size_t end = head.find('\n');
    if (is_object(head.substr(0, end))) return true;
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
  }
  return false;
}

/// The names of an object's members, and what each value begins with.
struct Shape {
  struct Member {
    std::string name;
    std::string_view value;
  };
  std::vector<Member> members;

  static Shape of(std::string_view object) {
    Shape shape;
    json::Reader reader(object);
    reader.enter('{');
    std::string buffer;
    while (reader.next('}')) {
      const auto name = reader.name();
      if (!name) break;
      reader.peek();
      const std::size_t begin = reader.position();
      const bool complete = reader.skip();
      shape.members.push_back({std::string(name->unescaped(buffer)),
                               complete ? reader.since(begin) : object.substr(begin)});
      if (!complete) break;
    }
    return shape;
  }

  [[nodiscard]] bool has(std::string_view name) const {
    return std::ranges::find(members, name, &Member::name) != members.end();
  }
  [[nodiscard]] bool has_only(std::string_view name) const {
    return members.size() == 1 && members.front().name == name;
  }
};

/// `{"S":"…"}`: a value as DynamoDB writes it.
bool is_attribute_value(std::string_view value) {
  constexpr std::array kTypes = {"S"sv, "N"sv, "B"sv,  "BOOL"sv, "NULL"sv,
                                 "M"sv, "L"sv, "SS"sv, "NS"sv,   "BS"sv};
  if (!value.starts_with('{')) return false;
  const Shape shape = Shape::of(value);
  return shape.members.size() == 1 &&
         std::ranges::find(kTypes, shape.members.front().name) != kTypes.end();
}

bool is_dynamodb_item(std::string_view object) {
  if (!object.starts_with('{')) return false;
  const Shape shape = Shape::of(object);
  return !shape.members.empty() && std::ranges::all_of(shape.members, [](const auto& member) {
    return is_attribute_value(member.value);
  });
}

/// `[{`.
bool is_array_of_objects(std::string_view value) {
  if (!value.starts_with('[')) return false;
  const std::size_t first = value.find_first_not_of(kSpaces, 1);
  return first != std::string_view::npos && value[first] == '{';
}

/// JSON objects that are not items, but of another program's making.
std::optional<ForeignFormat> foreign_object(const Shape& shape) {
  constexpr std::string_view kTable =
      "picus export --table NAME writes the items of a table, which picus import reads";
  const bool is_scan = shape.has("Items") && shape.has("ScannedCount");
  if (is_scan || (shape.has_only("Item") && is_dynamodb_item(shape.members.front().value))) {
    return ForeignFormat{"DynamoDB JSON, whose values have types", std::string(kTable)};
  }
  const bool is_action = shape.has_only("index") || shape.has_only("create");
  if (is_action && shape.members.front().value.starts_with('{') &&
      Shape::of(shape.members.front().value).has("_index")) {
    return ForeignFormat{"an Elasticsearch bulk request",
                         "jq -c 'select(has(\"index\") or has(\"create\") | not)' FILE | picus "
                         "import -"};
  }
  return std::nullopt;
}

/// An object that is the only one, and may have the items inside.
std::string one_object(const Shape& shape, bool over_lines, std::string_view name) {
  const auto wrapped = std::ranges::find_if(
      shape.members, [](const auto& member) { return is_array_of_objects(member.value); });
  if (shape.has("id") || wrapped == shape.members.end()) {
    return over_lines ? "one JSON object" : "NDJSON";
  }
  // The name is whatever the file has: no shell may get it where it is more than a word.
  const std::string member = is_plain_word(wrapped->name) ? wrapped->name : "MEMBER";
  return "one JSON object, which becomes one item; its member " + json::quoted(wrapped->name) +
         " is an array: jq -c '.[\"" + member + "\"][]' " + std::string(name_in_command(name)) +
         " | picus import - imports its elements";
}

Recognised malformed(std::string_view head, const BeginningText& text, std::string_view name) {
  const std::size_t inside = head.find_first_not_of(kSpaces, 1);
  const char first = inside == std::string_view::npos ? '\0' : head[inside];
  if (first == '\'' || std::isalpha(static_cast<unsigned char>(first)) != 0) {
    return refuse("objects in the notation of Python or JavaScript",
                  "JSON has double quotes around names and strings; json.dumps and "
                  "JSON.stringify write it",
                  name);
  }
  if (text.fault.ends_with("not UTF-8")) {
    return refuse("text that is not UTF-8, perhaps Windows-1252",
                  "iconv -f WINDOWS-1252 -t UTF-8 FILE | picus import -", name);
  }
  const auto lines = std::ranges::count(text.text, '\n');
  return std::unexpected(concat("this starts like JSON, but is malformed in line ", lines + 1, ": ",
                                text.fault.substr(text.fault.find(": ") + 2)));
}

/// How the texts behind the first one go on: whether any goes over several lines.
Recognised several(std::string_view head, bool whole, std::string_view name) {
  std::string_view rest = head;
  while (!rest.empty()) {
    const BeginningText text = beginning_text(rest, whole);
    if (text.state == BeginningText::State::open && !text.text.contains('\n')) break;
    if (text.state == BeginningText::State::malformed) break;
    if (text.text.contains('\n')) {
      return Recognition{Layout::texts, "JSON objects over several lines"};
    }
    rest.remove_prefix(text.text.size());
    const std::size_t next = std::min(rest.find_first_not_of(kSpaces), rest.size());
    const std::string_view between = rest.substr(0, next);
    rest.remove_prefix(next);
    if (rest.starts_with(',')) {
      return refuse("JSON objects with commas between them",
                    "put them in brackets: (echo '['; cat FILE; echo ']') | picus import -", name);
    }
    if (!rest.empty() && !between.contains('\n')) {
      return Recognition{Layout::texts, "consecutive JSON objects"};
    }
  }
  return Recognition{Layout::lines, "NDJSON"};
}

Recognised recognise_object(std::string_view head, bool whole, std::string_view name) {
  const BeginningText text = beginning_text(head, whole);
  if (text.state == BeginningText::State::malformed) {
    if (has_object_line(head)) return Recognition{Layout::lines, "NDJSON"};
    return malformed(head, text, name);
  }
  const Shape shape = Shape::of(head);
  if (const auto foreign = foreign_object(shape)) return refuse(foreign->what, foreign->way, name);
  const std::string_view rest = head.substr(text.text.size());
  const bool alone = text.state == BeginningText::State::open ||
                     (whole && rest.find_first_not_of(kSpaces) == std::string_view::npos);
  if (!alone) return several(head, whole, name);
  const bool over_lines = text.text.contains('\n');
  if (text.state == BeginningText::State::open && !over_lines) {
    return Recognition{Layout::lines, "NDJSON"};
  }
  return Recognition{over_lines ? Layout::texts : Layout::lines,
                     one_object(shape, over_lines, name)};
}

Recognised recognise_array(std::string_view head, bool whole, std::string_view name) {
  Recognition array{Layout::texts, "a JSON array"};
  json::Reader reader(head);
  reader.enter('[');
  const bool has_element = reader.next(']');
  if (!has_element && !reader.failed()) return array;
  const char first = reader.peek();
  if (first == '\0' && !whole) return array;
  const BeginningText element = beginning_text(head.substr(reader.position()), whole);
  if (element.state != BeginningText::State::malformed) {
    if (first == '{' && is_dynamodb_item(element.text)) {
      return refuse("an array of DynamoDB JSON, whose values have types",
                    "picus export --table NAME writes the items of a table", name);
    }
    if (first == '{') return array;
    const std::string_view kind = first == '[' ? "arrays" : first == '"' ? "strings" : "values";
    return refuse("a JSON array of " + std::string(kind),
                  "items are JSON objects: convert them with jq", name);
  }
  if (std::isalpha(static_cast<unsigned char>(first)) != 0) {
    return refuse("an INI or TOML file", "write its sections as JSON objects", name);
  }
  return malformed(head.substr(reader.position()), element, name);
}

}  // namespace

std::expected<Recognition, std::string> recognise(std::string_view head, bool whole,
                                                  std::string_view name) {
  const ForeignFormat binary = foreign_binary(head);
  if (!binary.what.empty()) return refuse(binary.what, binary.way, name);
  const std::size_t begin = head.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) {
    return Recognition{Layout::lines, whole ? "empty: there is nothing to import" : "NDJSON"};
  }
  const bool has_records = head.substr(0, begin).contains('\x1e');
  head.remove_prefix(begin);
  if (has_records) return Recognition{Layout::texts, "a JSON text sequence"};
  if (head.starts_with('{')) return recognise_object(head, whole, name);
  if (head.starts_with('[')) return recognise_array(head, whole, name);
  const ForeignFormat text = foreign_text(head);
  return refuse(text.what, text.way, name);
}

}  // namespace picus::cli
