#include "api/hint.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "core/ascii.h"
#include "core/concat.h"
#include "core/percent_encoding.h"

namespace picus {
namespace {

/// Of a path's segment in the log and in a hint. A token, which belongs in a header, is longer.
constexpr std::size_t kLongestWord = 40;

/// A longer key is not repeated.
constexpr std::size_t kMaxShownBytes = 200;

struct Candidate {
  Method method;
  std::string path;
};

/// OPTIONS: most clients read.
bool is_read(Method method) {
  return method == Method::get || method == Method::head || method == Method::options;
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) segments.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return segments;
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), lower_case);
  return lower;
}

bool is_operation(std::string_view word) {
  constexpr std::array<std::string_view, 4> kWords = {"get", "put", "list", "delete"};
  return std::ranges::find(kWords, word) != kWords.end();
}

/// All but visible ASCII as %XX, at most `max_bytes`.
std::string in_visible_ascii(std::string_view path, std::size_t max_bytes) {
  std::string shown;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string_view letter = path.substr(i, 1);
    const bool is_visible = letter.front() > ' ' && letter.front() < '\x7F';
    const std::string written = is_visible ? std::string(letter) : percent_encode(letter);
    if (shown.size() + written.size() > max_bytes) break;
    shown += written;
  }
  return shown;
}

/// The segments as one key: a slash within it has to be encoded.
std::string key_of(std::span<const std::string> segments) {
  std::string key;
  for (const std::string& segment : segments) {
    if (!key.empty()) key += "%2F";
    key += segment;
  }
  return key;
}

Candidate request_for(Operation operation, std::string_view key = "") {
  const Route& route = route_of(operation);
  return {.method = route.method, .path = std::string(route.prefix).append(key)};
}

/// What the method does with the item of this key.
Candidate with_item(Method method, std::string_view key) {
  if (method == Method::del) return request_for(Operation::remove, key);
  if (is_read(method)) return request_for(Operation::get, key);
  return request_for(Operation::put);
}

/// `words`: the segments behind /picus.
Candidate with_items(Method method, std::span<const std::string> words) {
  if (words.empty() && method == Method::del) return request_for(Operation::remove, "{key}");
  if (words.empty()) return request_for(is_read(method) ? Operation::list : Operation::put);
  const std::string verb = in_lower_case(words.front());
  if (!is_operation(verb)) return with_item(method, key_of(words));
  if (verb == "list") return request_for(Operation::list);
  const auto key = words.subspan(1);
  if (verb == "put" && method != Method::del) return request_for(Operation::put);
  if (key.empty()) return with_item(method, verb == "get" ? "{key}" : verb);
  return with_item(verb == "delete" ? Method::del : method, key_of(key));
}

/// Of a path that is none of an item's.
Candidate with_page(std::span<const std::string> segments) {
  std::string path;
  for (const std::string& segment : segments) path += '/' + in_lower_case(segment);
  constexpr auto kOtherNames = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"", "/"},
      {"/health", "/livez"},
      {"/healthz", "/livez"},
      {"/live", "/livez"},
      {"/ready", "/readyz"},
      {"/openapi", "/openapi.json"},
      {"/openapi.yaml", "/openapi.json"},
  });
  for (const auto& [name, known] : kOtherNames) {
    if (path == name) path = known;
  }
  return {.method = Method::get, .path = std::move(path)};
}

Candidate probable(Method method, std::span<const std::string> segments) {
  const std::string first = segments.empty() ? std::string() : in_lower_case(segments.front());
  if (first == "picus") return with_items(method, segments.subspan(1));
  if (is_operation(first)) return with_items(method, segments);
  return with_page(segments);
}

}  // namespace

std::string probable_request(Method method, std::string_view path, const Router& router) {
  const auto segments = segments_of(path);
  const Candidate meant = probable(method, segments);
  const Route* const route = router.find(meant.method, meant.path).route;
  if (route == nullptr) return {};
  const std::string shown = in_visible_ascii(meant.path, kMaxShownBytes);
  const bool is_whole =
      shown.size() >= meant.path.size() &&
      std::ranges::all_of(segments, [](auto& word) { return word.size() <= kLongestWord; });
  return concat(name_of(meant.method), " ", is_whole ? shown : route->pattern);
}

std::string loggable_path(std::string_view path, std::size_t max_bytes) {
  std::string shown;
  bool may_be_key = false;
  while (!path.empty() && shown.size() <= max_bytes) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    const std::string word = in_lower_case(segment);
    const bool is_word = word == "picus" || is_operation(word);
    const bool is_key = may_be_key && !is_word && !segment.empty();
    shown += is_key ? "{key}" : segment.size() > kLongestWord ? "{long}" : segment;
    if (end < path.size()) shown += '/';
    may_be_key = may_be_key || is_word;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return in_visible_ascii(shown, max_bytes);
}

}  // namespace picus
