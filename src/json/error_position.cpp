#include "json/error_position.h"

#include <algorithm>
#include <array>

#include "json/characters.h"
#include "json/text.h"

namespace picus::json {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kAnyValue =
    "a value (object, array, string, number, true, false or null)";

bool is_structure(char c) { return std::string_view("{}[],:").contains(c); }

// Walks over the text token by token.
class Walk {
 public:
  Walk(std::string_view text, std::size_t end) : text_(text), end_(end) {
    place_ = {.token = end,
              .last = text.size(),
              .escape = text.size(),
              .in_string = false,
              .in_object = false,
              .after_name = false};
  }

  ErrorPosition run() {
    std::size_t i = 0;
    while (i < end_ && !place_.in_string) i = step(i);
    return place_;
  }

 private:
  std::size_t step(std::size_t i) {
    const char c = text_[i];
    if (is_space(c)) {
      place_.token = end_;
      return i + 1;
    }
    const std::size_t next = c == '"' ? string(i) : is_structure(c) ? structure(i) : word(i);
    place_.last = next - 1;
    return next;
  }

  std::size_t string(std::size_t begin) {
    const bool name = place_.in_object && (text_[place_.last] == '{' || text_[place_.last] == ',');
    place_.escape = text_.size();
    std::size_t i = begin + 1;
    while (i < end_ && text_[i] != '"') {
      if (text_[i] == '\\') place_.escape = i++;
      ++i;
    }
    place_.in_string = i >= end_;
    place_.token = place_.in_string ? begin : end_;
    place_.after_name = name;
    return std::min(i + 1, end_);
  }

  std::size_t structure(std::size_t i) {
    const char c = text_[i];
    if (c == '{' || c == '[') containers_ += c;
    if (c == '}' || c == ']') containers_.pop_back();
    place_.in_object = containers_.ends_with('{');
    place_.after_name = false;
    place_.token = end_;
    return i + 1;
  }

  std::size_t word(std::size_t begin) {
    std::size_t i = begin;
    while (i < end_ && !is_space(text_[i]) && !is_structure(text_[i]) && text_[i] != '"') ++i;
    place_.token = i == end_ ? begin : end_;
    return i;
  }

  std::string_view text_;
  std::size_t end_;
  ErrorPosition place_;
  std::string containers_;
};

// Whether the offset lies within an escape of a string.
bool inside_escape(std::string_view text, std::size_t offset, const ErrorPosition& place) {
  if (!place.in_string || place.escape >= offset) return false;
  const std::size_t into_escape = offset - place.escape;
  return into_escape == 1 || (into_escape < 6 && text[place.escape + 1] == 'u');
}

// What is wrong inside a string.
std::string_view string_fault(std::string_view text, std::size_t offset,
                              const ErrorPosition& place) {
  if (inside_escape(text, offset, place)) {
    if (offset - place.escape > 1) return R"(expected four hexadecimal digits after \u)";
    const bool known_escape = std::string_view(R"("\/bfnrtu)").contains(text[offset]);
    return known_escape ? kLoneSurrogate
                        : R"(a string holds an escape other than \" \\ \/ \b \f \n \r \t \u)";
  }
  const auto byte = static_cast<unsigned char>(text[offset]);
  if (byte < 0x20) return "a control character in a string is not escaped";
  // Of the characters that a string may hold, only one after a lone surrogate stops a parse.
  return byte < 0x80 ? kLoneSurrogate : "a string holds bytes that are not UTF-8";
}

// Whether a digit has to come next: after the minus sign, the point, the exponent's
// letter and sign.
bool inside_number(std::string_view text, const ErrorPosition& place) {
  const char last = text[place.last];
  if (last == '-' || last == '+' || last == '.') return true;
  return (last == 'e' || last == 'E') && place.last > 0 && is_digit(text[place.last - 1]);
}

// Whether `word` is the beginning of true, false or null, and not all of it.
bool inside_literal(std::string_view word) {
  constexpr auto kLiterals = std::to_array<std::string_view>({"true", "false", "null"});
  return std::ranges::any_of(kLiterals, [word](std::string_view literal) {
    return literal.starts_with(word) && word.size() < literal.size();
  });
}

std::string_view expectation(std::string_view text, const ErrorPosition& place) {
  if (place.last == text.size()) return "a JSON object";
  if (place.in_string) return "the closing quote of a string";
  if (place.token <= place.last) {
    if (inside_number(text, place)) return "a digit";
    const std::string_view word = text.substr(place.token, place.last + 1 - place.token);
    if (inside_literal(word)) return "the rest of true, false or null";
  }
  if (place.after_name) return "':' after a member name";
  switch (text[place.last]) {
    case '{':
      return "a member name in double quotes, or '}'";
    case '[':
      return "a value, or ']'";
    case ':':
      return kAnyValue;
    case ',':
      return place.in_object ? "a member name in double quotes" : kAnyValue;
    default:
      return place.in_object ? "',' or '}'" : "',' or ']'";
  }
}

// What the text is, if its first bytes show that it is not plain UTF-8.
std::string_view foreign_text(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) return "the text begins with a byte order mark";
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
      text.substr(0, 2).contains('\0')) {
    return "the text is UTF-16 or UTF-32, and JSON is UTF-8";
  }
  if (text.starts_with("\x1F\x8B")) {
    return "the text is compressed with gzip, which needs Content-Encoding: gzip";
  }
  return {};
}

}  // namespace

ErrorPosition locate(std::string_view text, std::size_t offset) { return Walk(text, offset).run(); }

std::string explain_syntax(std::string_view text, std::size_t offset, std::string_view reason) {
  if (const auto foreign = foreign_text(text); !foreign.empty()) {
    return std::string("at byte 0: ").append(foreign).append("; expected a JSON object");
  }
  const ErrorPosition place = locate(text, offset);
  // Within an escape the parser's offset is not exact; the escape's beginning is.
  const std::size_t where = inside_escape(text, offset, place) ? place.escape : offset;
  std::string message = "at byte " + std::to_string(where) + ": ";
  if (!reason.empty()) return message.append(reason);
  if (offset < text.size() && place.in_string) {
    return message.append(string_fault(text, offset, place));
  }
  if (offset == text.size()) message += "the text ends here; ";
  return message.append("expected ").append(expectation(text, place));
}

std::string quoted(std::string_view name) {
  constexpr std::size_t kMaxQuoted = 64;
  std::size_t shown = std::min(name.size(), kMaxQuoted);
  const auto continues = [&](std::size_t i) {
    return (static_cast<unsigned char>(name[i]) & 0xC0) == 0x80;
  };
  while (shown < name.size() && shown > 0 && continues(shown)) --shown;
  std::string out;
  append_string(out, name.substr(0, shown));
  if (shown < name.size()) out += "…";
  return out;
}

}  // namespace picus::json
