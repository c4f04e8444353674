#pragma once

#include <span>
#include <string_view>

#include "api/http.h"

/// What a client accepts (RFC 9110, 12.5).
namespace picus {

/// The weight in thousandths that Accept gives to a media type by its name (RFC 9110, 12.5.1); 0:
/// it does not name the type. Wildcards do not count.
unsigned named_weight(const Request& request, std::string_view type);
/// The same, but for a type that is not named, a range such as `text/*` or `*/*` counts.
unsigned accepted_weight(const Request& request, std::string_view type);

/// Whether a client with these headers prefers a gzip response to a plain one (RFC 9110, 12.5.3).
bool accepts_gzip(std::span<const HeaderView> headers);

/// Whether this names gzip as a content coding (RFC 9110, 8.4.1.3).
bool is_gzip(std::string_view coding);

}  // namespace picus
