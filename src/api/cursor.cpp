#include "api/cursor.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/digest.h"

namespace picus {
namespace {

constexpr std::size_t kCheckBytes = 6;
constexpr std::size_t kMaxCursorBytes = 8192;

std::string check_sum(std::string_view position) {
  const auto digest = sha256({"picus cursor 1:", position});
  return {digest.begin(), digest.begin() + kCheckBytes};
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

int digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

/// What the digits say; whether they are in canonical form is for the caller to compare.
std::string decode_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const int value = digit(c);
    if (value < 0) return {};
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xFFU);
  }
  return bytes;
}

}  // namespace

std::string encode_cursor(std::string_view position) {
  std::string cursor;
  append_base64url(cursor, bytes_of(check_sum(position) + std::string(position)));
  return cursor;
}

Result<std::string> decode_cursor(std::string_view cursor) {
  const auto refuse = [] {
    return failure(ErrorCode::invalid_cursor,
                   "A cursor comes from the Link header of an earlier page and is used unchanged; "
                   "leave it out to begin with the first page.");
  };
  if (cursor.size() > kMaxCursorBytes) return refuse();
  const std::string bytes = decode_base64url(cursor);
  if (bytes.size() <= kCheckBytes) return refuse();
  std::string position = bytes.substr(kCheckBytes);
  if (encode_cursor(position) != cursor) return refuse();
  return position;
}

}  // namespace picus
