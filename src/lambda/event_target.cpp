#include "lambda/event_target.h"

#include <cstddef>

#include "core/percent_encoding.h"

namespace picus::lambda {

std::string encode_path(std::string_view decoded) {
  std::string path;
  path.reserve(decoded.size());
  while (true) {
    const std::size_t slash = decoded.find('/');
    path += percent_encode(decoded.substr(0, slash));
    if (slash == std::string_view::npos) return path;
    path += '/';
    decoded.remove_prefix(slash + 1);
  }
}

void append_written(std::string& out, std::string_view written, std::string_view marks) {
  for (std::size_t i = 0; i < written.size(); ++i) {
    const std::string_view letter = written.substr(i, 1);
    const auto byte = static_cast<unsigned char>(letter.front());
    if (byte <= ' ' || byte == 0x7F || marks.contains(letter.front())) {
      out += percent_encode(letter);
    } else {
      out += letter;
    }
  }
}

std::optional<std::string_view> without_prefix(std::string_view path, std::string_view prefix) {
  if (prefix.empty() || !path.starts_with(prefix)) return std::nullopt;
  const std::string_view rest = path.substr(prefix.size());
  if (rest.empty()) return "/";
  return rest.starts_with('/') ? std::optional(rest) : std::nullopt;
}

void Query::add_decoded(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += '&';
  text_ += percent_encode(name);
  text_ += '=';
  text_ += percent_encode(value);
}

void Query::add_written(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += '&';
  append_written(text_, name, "&=#");
  text_ += '=';
  append_written(text_, value, "&#");
}

std::string Query::after(std::string path) const {
  if (text_.empty()) return path;
  return std::move(path) + '?' + text_;
}

}  // namespace picus::lambda
