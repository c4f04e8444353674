#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "api/budget.h"
#include "api/http.h"
#include "core/store.h"

namespace picus {

enum class ListFormat : std::uint8_t { array, ndjson };

/// What the Accept header asks for: NDJSON only where it is named and JSON is not preferred (RFC
/// 9110, 12.5.1).
ListFormat list_format(const Request& request);

std::string_view media_type(ListFormat format);

/// What separates the items of a page in this format.
char separator(ListFormat format);

/// A page on its own: `[…]`, or lines.
std::string page_text(Page page, ListFormat format);

/// Every item as one text, page after page, beginning with one that was already read from `pages`.
/// `place` goes back with the stream.
std::unique_ptr<ByteStream> list_stream(std::unique_ptr<PageStream> pages, Page first,
                                        ListFormat format, Budget::Share place);

/// How much text a page of a stream holds: large enough that system calls do not count, small
/// enough for a cache.
inline constexpr std::size_t kStreamPageBytes = 256UZ * 1024;

}  // namespace picus
