#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace picus::cli {

/// The text of the item with an `id` that is the value of its member `member`: a string, a number
/// as it is written, or MongoDB's `{"$oid":"…"}`. The member is not changed, unless it is `id`
/// itself. A text that is not a JSON object is returned unchanged. The error is a sentence for the
/// user: the member does not exist, has another type, or the item also has another `id`.
std::expected<std::string, std::string> with_id_from(std::string_view text,
                                                     std::string_view member);

}  // namespace picus::cli
