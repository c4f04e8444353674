#include "api/conditions.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/ascii.h"
#include "core/concat.h"
#include "core/ids.h"
#include "core/limits.h"

namespace picus {
namespace {

struct ListedTag {
  std::string_view text;  ///< between the quotes
  bool weak;
};

/// `*`, or entity tags. A tag of another maker is kept: it is well-formed and matches nothing.
struct TagList {
  bool any = false;
  std::vector<ListedTag> tags;
};

void skip(std::string_view& text, std::string_view characters) {
  text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
}

/// Takes one `W/"…"` or `"…"` off the front (RFC 9110, 8.8.3).
std::optional<ListedTag> take_tag(std::string_view& text) {
  const bool weak = text.starts_with("W/");
  if (weak) text.remove_prefix(2);
  if (!text.starts_with('"')) return std::nullopt;
  const std::size_t end = text.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  const ListedTag tag{.text = text.substr(1, end - 1), .weak = weak};
  text.remove_prefix(end + 1);
  return tag;
}

std::optional<TagList> parse_tags(std::string_view text) {
  skip(text, " \t");
  if (text.starts_with('*')) {
    text.remove_prefix(1);
    skip(text, " \t");
    if (!text.empty()) return std::nullopt;
    return TagList{.any = true, .tags = {}};
  }
  TagList list;
  skip(text, " \t,");  // RFC 9110, 5.6.1.2: elements may be empty, the first one too
  while (!text.empty()) {
    const auto tag = take_tag(text);
    if (!tag) return std::nullopt;
    list.tags.push_back(*tag);
    skip(text, " \t");
    if (!text.empty() && !text.starts_with(',')) return std::nullopt;
    skip(text, " \t,");
  }
  if (list.tags.empty()) return std::nullopt;
  return list;
}

/// All lines of a header together are one list (RFC 9110, 5.3). Nothing without the header.
Result<std::optional<TagList>> tag_list(const Request& request, std::string_view name) {
  std::optional<TagList> whole;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, name)) continue;
    auto part = parse_tags(header.value);
    if (!part || (whole && (whole->any || part->any))) {
      return failure(
          ErrorCode::bad_request,
          std::string(name) + R"( is * or a list of entity tags in double quotes: "tag", "tag".)");
    }
    if (!whole) whole.emplace();
    whole->any = part->any;
    whole->tags.insert(whole->tags.end(), part->tags.begin(), part->tags.end());
  }
  return whole;
}

/// If-Match compares strongly: a weak tag never matches (RFC 9110, 13.1.1).
bool matches_strongly(const TagList& list, const std::optional<Etag>& etag) {
  return list.any || (etag && std::ranges::any_of(list.tags, [&](const ListedTag& tag) {
                        return !tag.weak && tag.text == etag->text();
                      }));
}

bool matches_weakly(const TagList& list, const std::optional<Etag>& etag) {
  return list.any || (etag && std::ranges::any_of(list.tags, [&](const ListedTag& tag) {
                        return tag.text == etag->text();
                      }));
}

constexpr std::string_view kWeakTag =
    R"( A weak ETag (W/"tag") never matches: send the ETag without W/.)";

bool has_weak_tag(const TagList& list) { return std::ranges::any_of(list.tags, &ListedTag::weak); }

/// What If-Match may match.
IfEtag strong_tags(const TagList& list) {
  IfEtag condition;
  for (const ListedTag& tag : list.tags) {
    const auto etag = Etag::parse(tag.text);
    if (etag && !tag.weak) condition.tags.push_back(*etag);
  }
  return condition;
}

}  // namespace

Result<PutCondition> put_condition(const Request& request) {
  const auto match = tag_list(request, "If-Match");
  if (!match) return std::unexpected(match.error());
  const auto none_match = tag_list(request, "If-None-Match");
  if (!none_match) return std::unexpected(none_match.error());
  if (*none_match && (*match || !(*none_match)->any)) {
    return failure(ErrorCode::bad_request,
                   "A put supports either If-Match or If-None-Match: *, not both, and no other "
                   "If-None-Match.");
  }
  if (!*match) return IfAbsent{};
  if ((*match)->any) return IfPresent{};
  return strong_tags(**match);
}

Result<RemoveCondition> remove_condition(const Request& request) {
  const auto match = tag_list(request, "If-Match");
  if (!match) return std::unexpected(match.error());
  if (request.header("If-None-Match")) {
    return failure(ErrorCode::bad_request, "A delete supports If-Match, not If-None-Match.");
  }
  if (!*match || (*match)->any) return IfPresent{};
  return strong_tags(**match);
}

Result<bool> is_unmodified(const Request& request, const std::optional<Etag>& etag) {
  const auto match = tag_list(request, "If-Match");
  if (!match) return std::unexpected(match.error());
  const auto none_match = tag_list(request, "If-None-Match");
  if (!none_match) return std::unexpected(none_match.error());
  if (*match && !matches_strongly(**match, etag)) {
    return failure(ErrorCode::precondition_failed,
                   concat("If-Match has none of the current ETags of this resource.",
                          has_weak_tag(**match) ? kWeakTag : ""));
  }
  return *none_match && matches_weakly(**none_match, etag);
}

Error with_advice_on_weak_tags(Error error, const Request& request) {
  const auto match = tag_list(request, "If-Match");
  if (!match || !*match || !has_weak_tag(**match)) return error;
  return Error(error.code(), concat(error.message(), kWeakTag), error.detail());
}

Result<std::optional<IdempotencyHash>> idempotency(const Request& request,
                                                   std::string_view caller) {
  const auto key = request.header("Idempotency-Key");
  if (!key) return std::nullopt;
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7F'; };
  if (request.repeats("Idempotency-Key") || key->empty() || key->size() > kMaxIdempotencyKeyBytes ||
      !std::ranges::all_of(*key, is_visible)) {
    return failure(ErrorCode::invalid_parameter,
                   concat("Idempotency-Key occurs at most once and has 1 to ",
                          kMaxIdempotencyKeyBytes, " visible ASCII characters."));
  }
  return idempotency_hash(caller, *key);
}

}  // namespace picus
