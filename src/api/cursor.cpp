#include "api/cursor.h"

#include <cstddef>

#include "core/base64.h"
#include "core/bytes.h"
#include "core/digest.h"

namespace picus {
namespace {

constexpr std::size_t kCheckBytes = 6;
constexpr std::size_t kMaxCursorBytes = 8192;

std::string check_sum(std::string_view position) {
  const auto digest = sha256({"picus cursor 1:", position});
  return {digest.begin(), digest.begin() + kCheckBytes};
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
                   "Take the cursor from the Link header of an earlier page and use it unchanged; "
                   "omit it to get the first page.");
  };
  if (cursor.size() > kMaxCursorBytes) return refuse();
  const auto bytes = decode_base64url(cursor);
  if (!bytes || bytes->size() <= kCheckBytes) return refuse();
  std::string position = bytes->substr(kCheckBytes);
  if (encode_cursor(position) != cursor) return refuse();
  return position;
}

}  // namespace picus
