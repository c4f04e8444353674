#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace picus::cli {

/// The item's text with an `id` that is what its member `member` says: a string, a number as it is
/// written, or MongoDB's `{"$oid":"…"}`. The member stays as it is, unless it is `id` itself. A
/// text that is no JSON object comes back as it is. The error is a sentence for the user: there is
/// no such member, it says something else, or the item has another `id` as well.
std::expected<std::string, std::string> with_id_from(std::string_view text,
                                                     std::string_view member);

}  // namespace picus::cli
