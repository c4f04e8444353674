#include "json/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>

#include "json/word.h"

namespace picus::json {
namespace {

// For every byte: 0 if it stands for itself, else what follows the backslash.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> escapes{};
  for (std::size_t control = 0; control < 0x20; ++control) escapes[control] = 'u';
  escapes['\b'] = 'b';
  escapes['\t'] = 't';
  escapes['\n'] = 'n';
  escapes['\f'] = 'f';
  escapes['\r'] = 'r';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}();

unsigned char byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

constexpr std::uint64_t kOnes = 0x0101010101010101;

/// Whether all eight bytes are ASCII and stand for themselves.
bool is_plain(std::uint64_t word) {
  // A byte below what is subtracted from it gets the high bit. By a borrow, a byte that stands
  // for itself can get it too, behind one that does not.
  const std::uint64_t controls = word - kOnes * ' ';
  const std::uint64_t quotes = (word ^ kOnes * '"') - kOnes;
  const std::uint64_t backslashes = (word ^ kOnes * '\\') - kOnes;
  return ((word | controls | quotes | backslashes) & (kOnes * 0x80)) == 0;
}

/// The last eight bytes; of a shorter text all of it, some bytes of it twice, or letters besides.
std::uint64_t ending(std::string_view text) {
  const std::size_t size = text.size();
  if (size >= 8) return word_at<std::uint64_t>(text, size - 8);
  if (size >= 4) {
    return word_at<std::uint32_t>(text, 0) << 32 | word_at<std::uint32_t>(text, size - 4);
  }
  if (size == 0) return kOnes * 'a';
  if (size == 1) return kOnes * byte_at(text, 0);
  constexpr std::uint64_t kLetters = (kOnes * 'a') << 32;
  return kLetters | word_at<std::uint16_t>(text, 0) << 16 | word_at<std::uint16_t>(text, size - 2);
}

// How many bytes at the beginning are ASCII and stand for themselves, looked at in words: up to
// seven more may follow if something else is among them.
std::size_t plain_beginning(std::string_view text) {
  std::size_t plain = 0;
  for (; text.size() - plain >= sizeof(std::uint64_t); plain += sizeof(std::uint64_t)) {
    if (!is_plain(word_at<std::uint64_t>(text, plain))) return plain;
  }
  return is_plain(ending(text)) ? text.size() : plain;
}

/// A string of bytes that stand for themselves, after a name. In one piece: an append costs as much
/// as the look at a short text.
void append_plain(std::string& out, std::string_view name, std::string_view text) {
  const std::size_t before = out.size() + name.size();
  const std::size_t after = before + text.size() + 2;
  // The operation of libstdc++ 12 gets the capacity, not the size that was asked for.
  out.resize_and_overwrite(after, [&](char* bytes, std::size_t) {
    name.copy(bytes + before - name.size(), name.size());
    bytes[before] = '"';
    text.copy(bytes + before + 1, text.size());
    bytes[after - 1] = '"';
    return after;
  });
}

struct Sequence {
  std::size_t bytes;
  bool valid;
};

// What a lead byte asks for: how many bytes follow it, and the range of the first of
// them. The ranges shut out overlong forms, surrogates and what lies past U+10FFFF (Unicode, table
// 3-7).
struct Lead {
  std::size_t following;
  unsigned char first_low;
  unsigned char first_high;
};

Lead classify(unsigned char lead) {
  if (lead < 0xC2 || lead > 0xF4) return {0, 0, 0};
  if (lead < 0xE0) return {1, 0x80, 0xBF};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead < 0xF0) return {2, 0x80, 0xBF};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  return {3, 0x80, 0xBF};
}

// The sequence beyond ASCII at `at`; an invalid one ends before the first byte that
// could begin another.
Sequence sequence(std::string_view text, std::size_t at) {
  const Lead lead = classify(byte_at(text, at));
  if (lead.following == 0) return {1, false};
  for (std::size_t i = 1; i <= lead.following; ++i) {
    if (at + i >= text.size()) return {i, false};
    const unsigned char byte = byte_at(text, at + i);
    const unsigned char low = i == 1 ? lead.first_low : 0x80;
    const unsigned char high = i == 1 ? lead.first_high : 0xBF;
    if (byte < low || byte > high) return {i, false};
  }
  return {lead.following + 1, true};
}

/// Bytes that are not UTF-8; none: at the end of the text.
struct Invalid {
  std::size_t at;
  std::size_t bytes;
};

Invalid first_invalid(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (byte_at(text, at) < 0x80) {
      ++at;
      continue;
    }
    const Sequence found = sequence(text, at);
    if (!found.valid) return {at, found.bytes};
    at += found.bytes;
  }
  return {at, 0};
}

unsigned hex_value(std::string_view digits) {
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

void append_code_point(std::string& out, unsigned point) {
  const auto byte = [&out](unsigned value) { out += static_cast<char>(value); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xC0 | (point >> 6));
  } else if (point < 0x10000) {
    byte(0xE0 | (point >> 12));
    byte(0x80 | ((point >> 6) & 0x3F));
  } else {
    byte(0xF0 | (point >> 18));
    byte(0x80 | ((point >> 12) & 0x3F));
    byte(0x80 | ((point >> 6) & 0x3F));
  }
  byte(0x80 | (point & 0x3F));
}

// The escape `\u…` at the beginning of `text`, with its second half if it has one; returns its
// length.
std::size_t append_unit(std::string& out, std::string_view text) {
  constexpr std::size_t kUnitBytes = 6;
  const unsigned unit = hex_value(text.substr(2, 4));
  if (unit < 0xD800 || unit > 0xDFFF || text.size() < 2 * kUnitBytes) {
    append_code_point(out, unit);
    return kUnitBytes;
  }
  const unsigned low = hex_value(text.substr(kUnitBytes + 2, 4));
  append_code_point(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
  return 2 * kUnitBytes;
}

char escaped_character(char letter) {
  constexpr std::string_view kLetters = "bfnrt";
  constexpr std::string_view kCharacters = "\b\f\n\r\t";
  const std::size_t which = kLetters.find(letter);
  return which == std::string_view::npos ? letter : kCharacters[which];
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char byte = byte_at(text, i);
    const char escape = kEscapes[byte];
    if (escape == 0) continue;
    out.append(text, written, i - written);
    out += '\\';
    out += escape;
    if (escape == 'u') {
      out += "00";
      out += kHex[byte >> 4];
      out += kHex[byte & 0xF];
    }
    written = i + 1;
  }
  out.append(text, written);
}

void append_string(std::string& out, std::string_view text) { append_member(out, {}, text); }

void append_member(std::string& out, std::string_view name, std::string_view text) {
  const std::size_t plain = plain_beginning(text);
  if (plain == text.size()) return append_plain(out, name, text);
  out += name;
  out += '"';
  out += text.substr(0, plain);
  text.remove_prefix(plain);
  while (!text.empty()) {
    const Invalid invalid = first_invalid(text);
    append_escaped(out, text.substr(0, invalid.at));
    if (invalid.bytes == 0) break;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(invalid.at + invalid.bytes);
  }
  out += '"';
}

std::string as_string(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

void append_unescaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('\\'), text.size());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.size() < 2) return;
    if (text[1] == 'u') {
      text.remove_prefix(std::min(append_unit(out, text), text.size()));
    } else {
      out += escaped_character(text[1]);
      text.remove_prefix(2);
    }
  }
}

bool is_utf8(std::string_view text) {
  // Nearly every text is plain.
  return first_invalid(text.substr(plain_beginning(text))).bytes == 0;
}

}  // namespace picus::json
