#pragma once

namespace picus::json {

/// RFC 8259, 2.
inline bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace picus::json
