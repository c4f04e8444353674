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

/// The format that the Accept header requests: NDJSON only if it is named and JSON is not preferred
/// (RFC 9110, 12.5.1).
ListFormat list_format(const Request& request);

std::string_view media_type(ListFormat format);

/// The separator of the items of a page in this format.
char separator(ListFormat format);

/// A single page: `[…]`, or lines.
std::string page_text(Page page, ListFormat format);

/// All items as one text, page after page, starting with a page that was already read from `pages`.
/// `place` is released with the stream.
std::unique_ptr<ByteStream> list_stream(std::unique_ptr<PageStream> pages, Page first,
                                        ListFormat format, Budget::Share place);

/// The size of the text of a page of a stream: large enough that the cost of system calls is small,
/// small enough for the cache of a processor.
inline constexpr std::size_t kStreamPageBytes = 256UZ * 1024;

}  // namespace picus
