#include "json/reader.h"

#include <charconv>

#include "json/characters.h"
#include "json/number.h"
#include "json/text.h"

namespace picus::json {
namespace {

/// What does not stand for itself in a string.
constexpr bool is_special(unsigned char byte) { return byte < 0x20 || byte == '"' || byte == '\\'; }

constexpr bool is_beyond_ascii(unsigned char byte) { return byte >= 0x80; }

/// So many bytes are looked at together.
constexpr std::size_t kBlockBytes = 16;

struct Block {
  bool special = false;
  bool beyond_ascii = false;
};

/// Made for vector instructions: without branches.
Block look_at(std::string_view text) {
  Block found;
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    found.special |= is_special(byte);
    found.beyond_ascii |= is_beyond_ascii(byte);
  }
  return found;
}

/// How many bytes come before a special one.
std::size_t count_plain(std::string_view text, bool& beyond_ascii) {
  std::size_t count = 0;
  for (; text.size() - count >= kBlockBytes; count += kBlockBytes) {
    const Block block = look_at(text.substr(count));
    if (block.special) break;
    beyond_ascii |= block.beyond_ascii;
  }
  for (; count < text.size(); ++count) {
    const auto byte = static_cast<unsigned char>(text[count]);
    if (is_special(byte)) break;
    beyond_ascii |= is_beyond_ascii(byte);
  }
  return count;
}

bool is_of_number(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

}  // namespace

std::string_view RawString::unescaped(std::string& buffer) const {
  if (!escaped) return text;
  buffer.clear();
  append_unescaped(buffer, text);
  return buffer;
}

void RawString::append_to(std::string& out) const {
  if (!escaped) {
    out += text;
    return;
  }
  std::string buffer;
  append_escaped(out, unescaped(buffer));
}

bool Reader::enter(char bracket) {
  if (!take(bracket, bracket == '{' ? "expected an object" : "expected an array")) return false;
  if (++depth_ > kMaxDepth) return fail("nested too deeply");
  fresh_ = true;
  return true;
}

bool Reader::next(char close) {
  const bool fresh = fresh_;
  fresh_ = false;
  if (peek() == close) {
    ++at_;
    --depth_;
    return false;
  }
  return fresh ? !failed() : take(',', "expected a comma or the end of the container");
}

char Reader::peek() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  return at_ < text_.size() && !failed() ? text_[at_] : '\0';
}

std::optional<RawString> Reader::name() {
  const auto name = string();
  if (!name || !take(':', "expected a colon")) return std::nullopt;
  return name;
}

std::optional<RawString> Reader::string() {
  if (!take('"', "expected a string")) return std::nullopt;
  const std::size_t begin = at_;
  bool beyond_ascii = false;
  bool escaped = false;
  while (true) {
    at_ += count_plain(text_.substr(at_), beyond_ascii);
    if (at_ == text_.size()) {
      fail("a string without an end");
      return std::nullopt;
    }
    const char special = text_[at_];
    if (special == '"') break;
    ++at_;
    if (special != '\\') {
      fail("a control character in a string");
      return std::nullopt;
    }
    escaped = true;
    if (!take_escape()) return std::nullopt;
  }
  const RawString found{.text = text_.substr(begin, at_ - begin), .escaped = escaped};
  ++at_;
  if (beyond_ascii && !is_utf8(found.text)) {
    fail("a string that is not UTF-8");
    return std::nullopt;
  }
  return found;
}

std::optional<std::string_view> Reader::number() {
  peek();
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_of_number(text_[at_])) ++at_;
  const std::string_view found = text_.substr(begin, at_ - begin);
  if (failed() || !is_number(found)) {
    fail("expected a value");
    return std::nullopt;
  }
  return found;
}

std::optional<bool> Reader::boolean() {
  if (peek() == 't' && take_word("true")) return true;
  if (peek() == 'f' && take_word("false")) return false;
  fail("expected true or false");
  return std::nullopt;
}

bool Reader::skip() {
  switch (peek()) {
    case '{':
      enter('{');
      while (next('}')) {
        if (!name() || !skip()) return false;
      }
      return !failed();
    case '[':
      enter('[');
      while (next(']')) {
        if (!skip()) return false;
      }
      return !failed();
    case '"':
      return string().has_value();
    case 't':
    case 'f':
      return boolean().has_value();
    case 'n':
      return take_word("null");
    default:
      return number().has_value();
  }
}

bool Reader::end() {
  peek();
  if (at_ != text_.size()) return fail("expected the end of the text");
  return !failed();
}

std::string_view Reader::since(std::size_t position) const {
  return text_.substr(position, at_ - position);
}

bool Reader::fail(std::string_view reason) {
  if (!failed()) reason_ = reason;
  return false;
}

std::string Reader::error() const {
  return "at byte " + std::to_string(at_) + ": " + std::string(reason_);
}

bool Reader::take(char wanted, std::string_view reason) {
  if (peek() != wanted) return fail(reason);
  ++at_;
  return true;
}

bool Reader::take_word(std::string_view word) {
  if (failed() || !text_.substr(at_).starts_with(word)) return fail("expected a value");
  at_ += word.size();
  return true;
}

// Behind a backslash. A surrogate comes with its other half.
bool Reader::take_escape() {
  constexpr std::string_view kShort = "\"\\/bfnrt";
  if (at_ >= text_.size()) return fail("a string without an end");
  const char kind = text_[at_++];
  if (kind != 'u') return kShort.contains(kind) || fail("an unknown escape");
  const auto unit = take_hex();
  if (!unit) return fail("a malformed \\u escape");
  if (*unit < 0xD800 || *unit > 0xDFFF) return true;
  if (*unit > 0xDBFF || !text_.substr(at_).starts_with("\\u")) return fail("a lone surrogate");
  at_ += 2;
  const auto low = take_hex();
  return (low && *low >= 0xDC00 && *low <= 0xDFFF) || fail("a lone surrogate");
}

std::optional<unsigned> Reader::take_hex() {
  constexpr std::size_t kDigits = 4;
  const std::string_view digits = text_.substr(at_, kDigits);
  unsigned value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() < kDigits || read.ptr != digits.data() + kDigits) return std::nullopt;
  at_ += kDigits;
  return value;
}

}  // namespace picus::json
